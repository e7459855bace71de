// What happens to a test's server, and ports for programs that have to be told one.
import { createServer, type Server, type Socket } from "node:net";

/**
 * Takes a server off the network: its connections break, and new ones break at once. It keeps its port, which another program
 * could take otherwise. Returns what puts it back.
 */
export function cutOff(server: Server & { closeAllConnections(): void }): () => void {
  const refuse = (socket: Socket) => void socket.destroy();
  server.on("connection", refuse);
  server.closeAllConnections();
  return () => void server.off("connection", refuse);
}

/** A port that is free now. Another program may be faster: who uses it has to be ready to ask again. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

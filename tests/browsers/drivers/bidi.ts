// The little of WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) that the tests need: commands over one WebSocket.
import { once } from "node:events";
import WebSocket from "ws";
import { commandTimeout } from "./browser";

interface Answer {
  id: number;
  type: "success" | "error";
  result: unknown;
  error?: string;
  message?: string;
}

export class BidiConnection {
  #socket: WebSocket;
  #nextId = 1;
  #pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void; method: string }>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(JSON.parse(String(data)) as Answer));
    socket.on("close", () => {
      for (const { reject, method } of this.#pending.values()) reject(new Error(`${method}: the browser is gone`));
    });
  }

  /** Connects and opens a session. */
  static async open(url: string): Promise<BidiConnection> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1 << 30 });
    await once(socket, "open");
    const connection = new BidiConnection(socket);
    await connection.send("session.new", { capabilities: {} });
    return connection;
  }

  async send<T>(method: string, params: object): Promise<T> {
    const id = this.#nextId++;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject, method });
        timer = setTimeout(() => reject(new Error(`${method}: no answer in ${commandTimeout / 1000} s`)), commandTimeout);
        this.#socket.send(JSON.stringify({ id, method, params }));
      });
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ id, type, result, error, message }: Answer): void {
    const pending = this.#pending.get(id); // none for events
    if (type === "success") pending?.resolve(result);
    else if (type === "error") pending?.reject(new Error(`${pending.method}: ${error}: ${message}`));
  }
}

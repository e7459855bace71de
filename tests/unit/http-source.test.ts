// A model directory on a static host, and hosts that misbehave.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { HttpSource } from "../../web/model/sources/http-source";

let close: (() => void) | null = null;
afterEach(() => close?.());

async function host(listener: RequestListener): Promise<HttpSource> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return new HttpSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/some/model`);
}

async function bytes(source: HttpSource, signal?: AbortSignal): Promise<{ length: number; told: number | null }> {
  const stream = (await source.open("weights", { signal }))!;
  let length = 0;
  for await (const chunk of stream.chunks) length += chunk.length;
  return { length, told: stream.bytes };
}

test("reads files beside each other, under the directory's name", async () => {
  const source = await host((request, response) => response.end(request.url));
  expect(source.name).toBe("model");
  expect(await source.text("config.json")).toBe("/some/model/config.json");
  expect(await bytes(source)).toEqual({ length: 19, told: 19 });
});

test("404 and an index page mean that there is no such file", async () => {
  const missing = await host((_, response) => response.writeHead(404).end());
  expect(await missing.text("x")).toBeNull();
  expect(await missing.open("x")).toBeNull();
  close!();
  const app = await host((_, response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>"));
  expect(await app.text("variorum.json")).toBeNull();
});

test("another status is a network error that names it", async () => {
  const source = await host((_, response) => response.writeHead(503).end());
  await expect(source.text("x")).rejects.toMatchObject({ code: "network", message: expect.stringContaining("503") });
});

test("a connection that is refused or breaks off is a network error", async () => {
  const source = await host((_, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("part");
    setTimeout(() => response.destroy(), 20);
  });
  await expect(bytes(source)).rejects.toMatchObject({ code: "network" });
  close!();
  close = null;
  await expect(source.text("x")).rejects.toMatchObject({ code: "network" });
});

test("an abort in the middle is an AbortError", async () => {
  const source = await host((_, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("part");
  });
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 50);
  await expect(bytes(source, abort.signal)).rejects.toMatchObject({ name: "AbortError" });
});

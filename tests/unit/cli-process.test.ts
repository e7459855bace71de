// The command line as a program that runs: serving, on a terminal, stopped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { Manifest } from "../../web/model/formats/manifest";
import { FaultyServer } from "../faulty-server";
import { json, launcher } from "./command";
import { demo, demoOriginal, hfFixtures, readJson } from "./support";

describe("serve", () => {
  test("the page with the model of a directory, from an address that it prints; Ctrl-C ends it with 130", async () => {
    const server = spawn(launcher, ["serve", join(hfFixtures, "base"), "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = (await once(server.stdout, "data")) as [Buffer];
      const url = /http:\/\/\S+/.exec(String(line))![0];
      expect(url).toContain("?model=/models/base/");
      const page = await fetch(url, { headers: { connection: "close" } });
      expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(await page.text()).toContain("<variorum-page>");
      const model = new URL("/models/base/", url).href;
      const [local, remote] = await Promise.all([
        json("score", "--model", join(hfFixtures, "base"), "--ids", "1,2,3"),
        json("score", "--model", model, "--ids", "1,2,3"),
      ]);
      expect(remote).toEqual(local);
      expect((await fetch(new URL("/nothing", url), { headers: { connection: "close" } })).status).toBe(404);
    } finally {
      server.kill("SIGINT");
    }
    expect(await once(server, "exit")).toEqual([130, null]);
  });
});

test.each([
  ["eval", ["--file", join(demoOriginal, "eval.txt")], /Scoring: \d+ of \d+ tokens/],
  ["rank", ["--context", "A tool", "--file", join(demoOriginal, "eval.txt")], /Ranking: \d+ of \d+/],
] as const)("%s of a long file shows how far it is, on a terminal", async (command, args, shown) => {
  const quoted = [launcher, command, "--model", demo, ...args].map((arg) => `'${arg}'`).join(" ");
  const terminal = spawn("script", ["-qec", quoted, "/dev/null"], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  for await (const chunk of terminal.stdout) if (shown.test((said += chunk))) break;
  terminal.kill();
  expect(said).toMatch(shown);
});

test("Ctrl-C while scoring ends with 130", async () => {
  const host = await FaultyServer.start(demo);
  const { shards } = await readJson<Manifest>(demo, "variorum.json");
  const child = spawn(launcher, ["eval", "--model", host.url, "--file", join(demoOriginal, "eval.txt")], { stdio: "ignore" });
  // The last byte of the model has been asked for: the program runs, and what it has to score takes seconds.
  await vi.waitFor(() => expect(host.totalSent).toBe(shards.reduce((sum, { bytes }) => sum + bytes, 0)), { timeout: 60_000 });
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  await host.stop();
});

// A headless Chromium with one page that obeys the runner (pages/main.ts), and no debugger attached.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumArgs, chromiumPath } from "../chromium.mjs";
import { rendererPeak, tree } from "./processes";
import type { BenchServer, Line } from "./server";

/** Longest that one call may take, in ms. */
const patience = 300_000;

export type Engine = "blank" | "bandwidth" | "variorum" | "wllama" | "transformers" | "onnxruntime";

/** Browsers that run; none outlives this process. */
const running = new Set<number>();
process.once("exit", () => [...running].forEach(killTree));
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => process.exit(status));

function killTree(root: number): void {
  for (const pid of tree(root).reverse()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
  }
}

export class MeasuredPage {
  #process: ChildProcess;
  #profile: string;
  #line: Line;

  private constructor(process: ChildProcess, profile: string, line: Line) {
    this.#process = process;
    this.#profile = profile;
    this.#line = line;
    running.add(process.pid!);
    process.once("exit", () => {
      running.delete(process.pid!);
      line.fail(new Error("Chromium has ended."));
    });
  }

  /** Starts a browser with a fresh profile on an engine's page. */
  static async open(server: BenchServer, engine: Engine): Promise<MeasuredPage> {
    const executable = chromiumPath();
    if (!executable) throw new Error("There is no Chromium on PATH: install the package chromium, or set CHROME_BIN.");
    const profile = await mkdtemp(join(tmpdir(), "variorum-bench-"));
    const { session, line } = server.open();
    const url = `${server.url}/?engine=${engine}&session=${session}`;
    const args = ["--headless=new", "--disable-gpu", "--no-default-browser-check", ...chromiumArgs, `--user-data-dir=${profile}`, url];
    return new MeasuredPage(spawn(executable, args, { stdio: "ignore" }), profile, line);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Bytes by path of what the page has fetched. */
  get fetched(): ReadonlyMap<string, number> {
    return this.#line.fetched;
  }

  async call<T>(name: string, ...args: unknown[]): Promise<T> {
    const timer = setTimeout(() => this.#line.fail(new Error(`${name} took more than ${patience / 1000} seconds.`)), patience);
    try {
      return (await this.#line.call(name, args)) as T;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Peak resident bytes of the page's renderer so far. */
  peakBytes(): number {
    return rendererPeak(this.pid);
  }

  async close(): Promise<void> {
    const exited = this.#process.exitCode === null && this.#process.signalCode === null ? once(this.#process, "exit") : null;
    killTree(this.pid);
    await exited;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

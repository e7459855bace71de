// What the browser tests ask of a browser, and what its drivers share.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** One window of one browser, with a profile of its own. */
export interface Browser {
  /** Goes to an address and waits until the document and what it names are loaded. */
  open(url: string): Promise<void>;
  /** Calls a function in the page, which sees only its arguments; both ways JSON. Rejects with what it throws. */
  run<A extends unknown[], T>(call: (...args: A) => T | Promise<T>, ...args: A): Promise<T>;
  /**
   * To be called before the page is left for a next visit: WebKit's automated sessions keep storage in memory, and a cache only
   * while a window has it open, which one at `url`, of the same origin, then does. The other browsers use the disk.
   */
  keepCaches(url: string): Promise<void>;
  /** PNG of the window. */
  screenshot(): Promise<Buffer>;
  /** Width and height of the page's window, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

/** Longest that one command may take, in ms. */
export const commandTimeout = 120_000;

/** The source of a function of no arguments that calls `call` and resolves to `{value}` or `{error}` as JSON. */
export function wrapped(call: (...args: never[]) => unknown, args: unknown[]): string {
  return `async () => {
    try { return JSON.stringify({ value: await (${call})(...${JSON.stringify(args)}) }); }
    catch (error) { return JSON.stringify({ error: String(error?.stack ? error + "\\n" + error.stack : error) }); }
  }`;
}

export function unwrapped<T>(json: string): T {
  const { value, error } = JSON.parse(json) as { value: T; error?: string };
  if (error !== undefined) throw new Error(error);
  return value;
}

/** A directory that lives as long as a browser: its home and its profile. */
export async function temporaryHome(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), "variorum-browser-"));
  return { home, remove: () => rm(home, { recursive: true, force: true, maxRetries: 5 }) };
}

/** A program that runs beside the tests. */
export interface Program {
  /** Waits until what it has printed matches; the first group. Rejects if it ends or takes too long. */
  says(pattern: RegExp): Promise<string>;
  /** How it ended, when it has. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export function startProgram(command: string, args: string[], env: NodeJS.ProcessEnv): Program {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`ended with ${code ?? signal}`));
  });
  const kill = () => void child.kill();
  process.once("exit", kill); // should a test not have come to it
  child.once("exit", () => process.off("exit", kill));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    // Read to the end of its life: a full pipe would stop it.
    stream.setEncoding("utf8").on("data", (chunk: string) => (output = (output + chunk).slice(-20_000)));
  }
  return {
    ended,
    async says(pattern) {
      let reason: string | undefined;
      void ended.then((how) => (reason = how));
      for (const start = performance.now(); ; await sleep(20)) {
        const match = pattern.exec(output);
        if (match) return match[1]!;
        if (performance.now() - start > commandTimeout) reason ??= `has not said it in ${commandTimeout / 1000} s`;
        if (reason) throw new Error(`${command} ${reason}. Its output: ${output}`);
      }
    },
    async stop() {
      child.kill();
      const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(timer);
    },
  };
}

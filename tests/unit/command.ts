// The command line as a script would call it.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { root } from "./support";

export const launcher = join(root, "scripts/variorum");

/** A directory for one file of tests. */
export async function scratchDirectory(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), "variorum-"));
  afterAll(() => rm(scratch, { recursive: true }));
  return scratch;
}

export function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(launcher, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}

export async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await run(...args, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

export interface Generated {
  variants: { ids: number[]; text: string | null; logprobs: number[]; finishReason: string; score: number }[];
  seed: number;
  stats: { prefillMs: number; decodeMs: number; tokens: number; kvBytes: number };
}

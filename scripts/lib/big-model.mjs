#!/usr/bin/env node
// Loads a random model of a published shape in headless Chromium, through the page, and writes variants with it: does it fit, how
// fast is it, and how much memory does its tab take at the most?
//
//   scripts/lib/big-model.mjs [gpt2-xl] [--weights q4] [--variants 5] [--tokens 20] [--threads N]
//
// Prints one JSON object. Linux only: peaks are read from /proc.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launchChromium } from "../../tests/chromium.mjs";
import { randomModel } from "./random-model.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    weights: { type: "string", default: "q4" },
    variants: { type: "string", default: "5" },
    tokens: { type: "string", default: "20" },
    threads: { type: "string" },
  },
});
const shape = positionals[0] ?? "gpt2-xl";

/** The largest peak of resident memory among the renderers that descend from this process, in MB. */
async function rendererPeak() {
  const processes = new Map();
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [command, status] = await Promise.all(["cmdline", "status"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")));
    const number = (field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    processes.set(Number(pid), { parent: number("PPid"), renderer: command.includes("--type=renderer"), peak: number("VmHWM") * 1024 });
  }
  const isOurs = (pid) => pid === process.pid || (processes.has(pid) && isOurs(processes.get(pid).parent));
  const peaks = [...processes].filter(([pid, { renderer }]) => renderer && isOurs(pid)).map(([, { peak }]) => peak);
  return Math.round(Math.max(0, ...peaks) / 1e6);
}

const directory = await randomModel(shape, { weights: values.weights });
const server = spawn(join(root, "scripts/variorum"), ["serve", directory, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
const browser = await launchChromium();
if (!browser) throw new Error("there is no Chromium on PATH");
try {
  const [line] = await once(server.stdout, "data");
  const address = new URL(/http:\/\/\S+/.exec(String(line))[0]);
  const page = await browser.newPage();
  if (values.threads) address.searchParams.set("threads", values.threads);
  const blank = await rendererPeak();
  const begin = performance.now();
  await page.goto(address.href);
  await page.waitForFunction(() => document.querySelector("variorum-page")?.model, null, { timeout: 600_000 });
  const loadSeconds = (performance.now() - begin) / 1000;
  const afterLoading = await rendererPeak();
  const run = await page.evaluate(
    async ({ variants, tokens }) => {
      const { model } = document.querySelector("variorum-page");
      const run = model.generate("The quick brown fox jumps over the lazy dog, and then", {
        numReturnSequences: variants,
        maxNewTokens: tokens,
        seed: 1,
        eosTokenId: [],
      });
      const written = await run.result();
      const { stats } = await run.summary();
      return { info: model.info, stats, finish: written.map(({ finishReason }) => finishReason) };
    },
    { variants: Number(values.variants), tokens: Number(values.tokens) },
  );
  const { info, stats } = run;
  console.log(
    JSON.stringify(
      {
        shape,
        weights: info.weights,
        parameters: info.parameters,
        megabytes: Math.round(info.bytes / 1e6),
        threads: info.threads,
        module: info.module,
        loadSeconds: Number(loadSeconds.toFixed(1)),
        prefillMs: Math.round(stats.prefillMs),
        tokensPerSecond: Number((stats.tokens / (stats.decodeMs / 1000)).toFixed(1)),
        finish: run.finish,
        rendererPeakMB: { blank, afterLoading, afterWriting: await rendererPeak() },
      },
      null,
      1,
    ),
  );
} finally {
  await browser.close();
  server.kill("SIGINT");
}

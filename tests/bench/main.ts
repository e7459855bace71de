// scripts/bench: how fast Variorum is in a browser, and how much of one it takes; with --peers beside others.
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, homedir, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "vite";
import { randomModel } from "../../scripts/lib/random-model.mjs";
import { dist, root, version, wasmDirectory } from "../../web/build/info.ts";
import { chromiumPath } from "../chromium.mjs";
import { MeasuredPage } from "./browser";
import { groups } from "./conditions";
import type { Report } from "./figures";
import { measureHub } from "./hub";
import { measureGroup, type Plan } from "./measure";
import { type Options, parseOptions, usage } from "./options";
import { idPrompt, incompleteTokens, textPrompt } from "./prompts";
import { type BenchServer, startBenchServer } from "./server";
import { describe } from "./table";
import { targets } from "./targets";

const here = join(root, "tests/bench");
const cache = process.env.VARIORUM_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "variorum");

/** Directories of Variorum's models by scheme, made where they are missing. */
async function modelDirectories({ weights, model }: Options): Promise<[string, string][]> {
  if (model) return weights.map((scheme) => [`/models/${scheme}/`, resolve(model)]);
  const mounts: [string, string][] = [];
  for (const scheme of weights) mounts.push([`/models/${scheme}/`, await randomModel("gpt2", { weights: scheme })]);
  return mounts;
}

/** A blank page's renderer, at its largest: what a page takes before it does anything. */
async function blankBytes(server: BenchServer, runs: number): Promise<number> {
  const peaks: number[] = [];
  for (let run = 0; run < runs; run++) {
    const page = await MeasuredPage.open(server, "blank");
    await page.call("settle");
    peaks.push(page.peakBytes());
    await page.close();
  }
  return peaks.sort((a, b) => a - b)[runs >> 1]!;
}

async function peerVersions({ peers }: Options): Promise<Record<string, string>> {
  if (peers.length === 0) return {};
  return (JSON.parse(await readFile(join(here, "package.json"), "utf8")) as { dependencies: Record<string, string> }).dependencies;
}

export async function measure(options: Options, say: (line: string) => void): Promise<Report> {
  await build({ configFile: join(here, "vite.config.ts") });
  const mounts: [string, string][] = [
    ...(options.hub ? [] : await modelDirectories(options)),
    ["/models/peers/", join(cache, "bench-peers")],
    ["/peers/", join(here, "node_modules")],
    [`/${wasmDirectory}/`, join(dist, "page", wasmDirectory)],
    ["/", join(dist, "bench")],
  ];
  const [isolated, plain] = [await startBenchServer(mounts, true), await startBenchServer(mounts, false)];
  try {
    const prompt = options.model ? idPrompt : textPrompt;
    const plan: Plan = {
      runs: options.runs,
      only: options.only,
      prompts: { short: prompt(16), long: prompt(128) },
      banned: options.peers.includes("wllama") ? incompleteTokens() : [],
      blankBytes: options.hub || options.only.includes("memory") ? await blankBytes(isolated, options.runs) : 0,
      say,
    };
    const hub = options.hub ? await measureHub(isolated, options.model, plan) : undefined;
    const results: Report["results"] = [];
    for (const group of options.hub ? [] : groups(options)) {
      const [{ weights, threads, isolated: onIsolated }] = group as [(typeof group)[number]];
      say(`${weights}, ${threads} ${threads === 1 ? "thread" : "threads"}, ${onIsolated ? "isolated" : "plain"} page:`);
      results.push(...(await measureGroup(group, onIsolated ? isolated : plain, plan)));
    }
    return {
      date: new Date().toISOString(),
      machine: { cpu: cpus()[0]!.model, cores: cpus().length, memory: totalmem() },
      chromium: spawnSync(chromiumPath()!, ["--version"], { encoding: "utf8" }).stdout.trim(),
      model: options.model ?? "GPT-2 124M's shape, random weights",
      versions: { variorum: version, ...(await peerVersions(options)) },
      runs: options.runs,
      blankBytes: plan.blankBytes,
      results,
      targets: targets(results),
      ...(hub && { hub }),
    };
  } finally {
    await Promise.all([isolated.close(), plain.close()]);
  }
}

/** Resolves to the exit status: 0, 1 if an engine could not be measured, 2 for what the caller can mend. */
export async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  let options: Options;
  try {
    options = parseOptions(args);
    if (!chromiumPath()) throw new Error("There is no Chromium on PATH: install the package chromium, or set CHROME_BIN.");
    if (groups(options).length === 0) throw new Error("Nothing is left to measure: more than one thread needs the isolated page, and XNNPACK's kernels q8.");
  } catch (error) {
    console.error(`variorum: ${(error as Error).message}`);
    return 2;
  }
  const report = await measure(options, (line) => console.error(`variorum: ${line}`));
  await mkdir(dirname(resolve(options.json)), { recursive: true });
  await writeFile(options.json, `${JSON.stringify(report, null, 1)}\n`);
  console.log(describe(report));
  return report.results.some(({ failures }) => failures) ? 1 : 0;
}

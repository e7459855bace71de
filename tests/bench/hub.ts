// scripts/bench --hub: a float checkpoint from a server that behaves as the Hugging Face hub does, quantised while it streams:
// the time from a click to the first token, the memory, and whether the logits are those of the command line, which reads the
// same file from the disk.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { randomModel } from "../../scripts/lib/random-model.mjs";
import { root } from "../../web/build/info.ts";
import { parseConfig } from "../../web/model/formats/config";
import type { JsonObject } from "../../web/model/formats/json";
import { storedBytes } from "../../web/model/formats/tensors";
import { HubServer } from "../hub-server";
import { MeasuredPage } from "./browser";
import { type Figure, figure } from "./figures";
import { type Plan, variantCount, variantTokens } from "./measure";
import { idPrompt } from "./prompts";
import type { BenchServer } from "./server";
import type { HubRun } from "./subject";

export interface HubReport {
  /** ms. */
  firstToken: Figure;
  load: Figure;
  /** Peak resident bytes of the renderer, a blank page's taken away; and what it must stay below. */
  memory: Figure;
  memoryLimit: number;
  sameLogits: boolean;
}

/** Beside weights, keys and values. */
const allowance = 96e6;

export async function measureHub(server: BenchServer, model: string | null, { runs, blankBytes }: Pick<Plan, "runs" | "blankBytes">): Promise<HubReport> {
  const directory = model ?? (await randomModel("gpt2", { weights: "f32" }));
  const prompt = idPrompt(16);
  const expected = await logitsFromDisk(directory, prompt.ids);
  const hub = await HubServer.start(directory);
  const all: (HubRun & { memory: number; logits: number[][] })[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      const page = await MeasuredPage.open(server, "variorum");
      try {
        const result = await page.call<HubRun>("fromHub", hub.repository, hub.url, prompt, variantCount, variantTokens);
        const memory = page.peakBytes() - blankBytes; // before the logits, which are large, go through the page
        all.push({ ...result, memory, logits: await page.call<number[][]>("logits", prompt) });
      } finally {
        await page.close();
      }
    }
  } finally {
    await hub.stop();
  }
  const of = (value: (run: (typeof all)[number]) => number) => figure(all.map(value), []);
  const config = JSON.parse(await readFile(join(directory, "config.json"), "utf8")) as JsonObject;
  return {
    firstToken: of(({ firstTokenMs }) => firstTokenMs),
    load: of(({ loadMs }) => loadMs),
    memory: of(({ memory }) => memory),
    memoryLimit: storedBytes(parseConfig(config), "q8") + all[0]!.kvBytes + allowance,
    sameLogits: all.every(({ logits }) => JSON.stringify(logits) === JSON.stringify(expected)),
  };
}

async function logitsFromDisk(directory: string, ids: number[]): Promise<number[][]> {
  const launcher = join(root, "scripts/variorum");
  const { stdout } = await promisify(execFile)(launcher, ["score", "--model", directory, "--weights", "q8", "--ids", ids.join(","), "--logits", "--json"], {
    maxBuffer: 1 << 28,
  });
  return (JSON.parse(stdout) as { logits: number[][] }).logits;
}

// The command line of scripts/bench.
import { parseArgs } from "node:util";

export const parts = ["load", "memory", "prefill", "decode", "variants"] as const;
export type Part = (typeof parts)[number];
const schemes = ["f32", "q8", "q4"] as const;
const kernels = ["own", "xnnpack"] as const;
export const peerEngines = ["wllama", "transformers", "onnxruntime"] as const;
export type PeerEngine = (typeof peerEngines)[number];

export const usage = `scripts/bench [options]: measures Variorum in headless Chromium, prints a table and writes JSON
  --peers[=LIST]     beside it ${peerEngines.join(", ")} (installs them and makes their models at first use, 1 GB)
  --hub              only this: a float checkpoint (--model DIR) from a server that behaves as the Hugging Face hub does
  --only LIST        of ${parts.join(", ")}
  --weights LIST     of ${schemes.join(", ")}
  --threads LIST     of 1, 2, …; more than one only on the isolated page
  --page LIST        of isolated, plain
  --kernels LIST     of ${kernels.join(", ")} (xnnpack with q8, 2 threads or the most that are asked for)
  --runs N           of each measurement, after one to warm up; default 5
  --model DIR        another model than GPT-2 124M's shape with random weights; not with --peers
  --json FILE        default tests/results/bench.json`;

export interface Options {
  hub: boolean;
  peers: PeerEngine[];
  only: Part[];
  weights: (typeof schemes)[number][];
  threads: number[];
  pages: ("isolated" | "plain")[];
  kernels: (typeof kernels)[number][];
  runs: number;
  model: string | null;
  json: string;
}

/** Throws an Error with one line that says what to do. */
export function parseOptions(args: string[]): Options {
  const { hub = false, ...texts } = parseArgs({
    args: args.map((arg) => (arg === "--peers" ? `--peers=${peerEngines.join(",")}` : arg)),
    options: {
      hub: { type: "boolean" },
      ...Object.fromEntries(
        ["peers", "only", "weights", "threads", "page", "kernels", "runs", "model", "json"].map((name) => [name, { type: "string" as const }]),
      ),
    },
  }).values as { hub?: boolean };
  const values: Record<string, string | undefined> = texts;

  function list<T extends string>(name: string, among: readonly T[], fallback: readonly T[] = among): T[] {
    const chosen = values[name] === undefined ? [...fallback] : values[name].split(",");
    for (const one of chosen)
      if (!(among as readonly string[]).includes(one)) throw new Error(`--${name} has ${JSON.stringify(one)}: choose from ${among.join(", ")}.`);
    return chosen as T[];
  }
  function whole(name: string, text: string, most: number): number {
    if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > most)
      throw new Error(`--${name} is ${JSON.stringify(text)}: it must be a whole number from 1 to ${most}.`);
    return Number(text);
  }

  const peers = list("peers", peerEngines, []);
  if (peers.length > 0 && values.model !== undefined) throw new Error("--model does not go with --peers, whose models have one shape: leave one out.");
  return {
    hub,
    peers,
    only: list("only", parts),
    // The others have one byte per weight.
    weights: list("weights", schemes, peers.length > 0 ? ["q8"] : schemes),
    threads: (values.threads ?? "2,1").split(",").map((text) => whole("threads", text, 16)),
    pages: list("page", ["isolated", "plain"]),
    kernels: list("kernels", kernels),
    runs: whole("runs", values.runs ?? "5", 100),
    model: values.model ?? null,
    json: values.json ?? "tests/results/bench.json",
  };
}

// The report as Markdown.
import { title } from "./conditions";
import type { Figure, Report, Result, Target } from "./figures";
import type { HubReport } from "./hub";
import { decodeSequences, decodeTokens } from "./measure";

type Row = (string | undefined)[];

function table(head: string[], rows: Row[]): string {
  const used = head.map((_, column) => rows.some((row) => row[column]));
  const line = (cells: Row) =>
    `| ${cells
      .filter((_, column) => used[column])
      .map((cell) => cell || "–")
      .join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const digits = (value: number) => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });

/** Median and, in brackets, the least and the most. */
function shown(figure: Figure | undefined, scale = 1): string | undefined {
  return figure && `${digits(figure.median * scale)} [${digits(figure.min * scale)}–${digits(figure.max * scale)}]`;
}

function others({ load, memory, prefill, decode, variants, sequential, bandwidth }: Result): string | undefined {
  const all = [load, memory, prefill, ...Object.values(decode ?? {}).map(({ steady }) => steady), variants, sequential, bandwidth];
  const cores = all.flatMap((figure) => (figure ? [figure.otherCores] : []));
  return cores.length > 0 ? Math.max(...cores).toFixed(2) : undefined;
}

const condition = (result: Result): Row => [title(result), result.weights, String(result.threads), result.isolated ? "isolated" : "plain"];
const conditionHead = ["engine", "weights", "threads", "page"];

function results({ results }: Report): string {
  const head = [
    ...conditionHead,
    "load, ms",
    "model, MB",
    "runtime, kB brotli",
    "memory, MB",
    "prefill of 128, ms",
    "5 × 50 tokens, tok/s",
    "one after the other, tok/s",
    "other cores busy, at most",
  ];
  return table(
    head,
    results.map((result) => {
      const { load, fetched, memory, prefill, variants, sequential } = result;
      const sizes = [fetched && digits(fetched.model / 1e6), fetched && digits(fetched.runtimeBrotli / 1000)];
      return [...condition(result), shown(load), ...sizes, shown(memory, 1e-6), shown(prefill), shown(variants), shown(sequential), others(result)];
    }),
  );
}

function decoding({ results }: Report): string {
  const head = [...conditionHead, ...decodeSequences.map((n) => `${n} at once, tok/s`), "reads weights at, GB/s (n = 1)", "memory bandwidth, GB/s"];
  return table(
    head,
    results
      .filter(({ decode }) => decode)
      .map((result) => {
        const { decode, bytes, bandwidth } = result;
        const reading = bytes && shown(decode?.[1]?.steady, bytes.readPerStep / 1e9);
        return [...condition(result), ...decodeSequences.map((n) => shown(decode?.[n]?.steady)), reading, shown(bandwidth)];
      }),
  );
}

const targetRow = ({ what, value, target, bound, met }: Target): Row => [what, digits(value), `${bound === "least" ? "≥" : "≤"} ${target}`, met ? "yes" : "no"];

function fromHub({ firstToken, load, memory, memoryLimit, sameLogits }: HubReport): string {
  return [
    `from the hub, nothing cached: click to first token ${shown(firstToken)} ms, of which loading ${shown(load)} ms`,
    `memory beside a blank page's: ${shown(memory, 1e-6)} MB of ${digits(memoryLimit / 1e6)} allowed`,
    `logits equal those of the command line, to the bit: ${sameLogits ? "yes" : "NO"}`,
  ].join("\n");
}

/** Undefined if everything was measured. */
function missing({ results }: Report): string | undefined {
  const rows = results.flatMap((result) => (result.failures ?? []).map((failure) => [...condition(result), failure.split("\n")[0]]));
  return rows.length > 0 ? table([...conditionHead, "not measured"], rows) : undefined;
}

export function describe(report: Report): string {
  if (report.hub) return fromHub(report.hub);
  const { machine, chromium, model, runs, blankBytes } = report;
  const failures = missing(report);
  return [
    `${model}; ${machine.cpu}, ${machine.cores} cores; ${chromium}; ${report.date}. Median of ${runs} [least–most]; a blank page's renderer takes ${digits(blankBytes / 1e6)} MB.`,
    results(report),
    ...(report.results.some(({ decode }) => decode)
      ? [`Decode of ${decodeTokens} tokens after a prompt of 16, for one sequence and several:`, decoding(report)]
      : []),
    ...(report.targets.length > 0 ? [table(["what must hold", "measured", "target", "met"], report.targets.map(targetRow))] : []),
    ...(failures ? [failures] : []),
  ].join("\n\n");
}

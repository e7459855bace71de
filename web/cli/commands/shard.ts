// variorum shard: a Hugging Face folder as a Variorum model directory.
import { Args, type OptionTable, usage } from "../args";
import { FileSource, openSource } from "../file-source";
import { print } from "../output";
import { Progress } from "../progress";
import { writeModelDirectory } from "../sharder";

const options = { weights: { type: "string" }, "shard-size": { type: "string" } } satisfies OptionTable;

/** "8MB", "512kB", "1GB" or plain bytes; decimal units. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kKmMgG]?)[bB]?$/.exec(text.trim());
  const bytes = match ? Number(match[1]) * { "": 1, k: 1e3, m: 1e6, g: 1e9 }[match[2]!.toLowerCase() as "" | "k" | "m" | "g"] : Number.NaN;
  if (!(bytes >= 1000)) throw usage(`--shard-size is ${JSON.stringify(text)}; it must be a size of at least 1kB, such as 8MB.`);
  return Math.floor(bytes);
}

export async function shard(argv: string[]): Promise<void> {
  const args = new Args(argv, options, { least: 2, most: 2, names: "HF_DIR OUT_DIR" });
  const [from, to] = args.positionals as [string, string];
  const weights = args.text("weights") ?? "q8";
  if (weights !== "f32" && weights !== "q8" && weights !== "q4") throw usage(`--weights is ${JSON.stringify(weights)}; it must be f32, q8 or q4.`);
  const source = await openSource(from);
  if (!(source instanceof FileSource)) throw usage("HF_DIR must be a directory on this machine.");
  const progress = new Progress("Sharding");
  const written = await writeModelDirectory(source, to, weights, parseSize(args.text("shard-size") ?? "8MB"), (done, total) => progress.bytes(done, total));
  progress.clear();
  const { shards } = written.manifest;
  const bytes = shards.reduce((sum, s) => sum + s.bytes, 0);
  await print(
    `${to}: ${shards.length} shards, ${(bytes / 1e6).toFixed(2)} MB as ${weights}, ${(bytes / written.parameters).toFixed(3)} bytes per parameter${written.kept > 0 ? `; ${written.kept} files were there already` : ""}\n`,
  );
}

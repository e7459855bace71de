// The sharder's promises: the same bytes from the same model, only what changed is written, a failed run changes nothing; and
// `verify`, which finds what is damaged in what it wrote.
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WeightScheme } from "../../web/api/types";
import { FileSource } from "../../web/cli/file-source";
import { writeModelDirectory } from "../../web/cli/sharder";
import { verify } from "../../web/cli/verify";
import type { Manifest } from "../../web/model/formats/manifest";
import { encodeHeader, parseHeader, type TensorEntry } from "../../web/model/formats/safetensors";
import { readModelFiles } from "../../web/model/load";
import { demo, editHeader, hfFixtures, load, readJson } from "./support";

const base = join(hfFixtures, "base");
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "variorum-shard-"));
});
afterAll(() => rm(scratch, { recursive: true }));

const shard = (from: string, to: string, size: number, weights: WeightScheme = "q8") => writeModelDirectory(new FileSource(from), to, weights, size, () => {});
const contents = async (directory: string) =>
  Object.fromEntries(
    await Promise.all((await readdir(directory)).sort().map(async (file) => [file, (await readFile(join(directory, file))).toString("base64")])),
  );
const inodes = async (directory: string) =>
  Object.fromEntries(await Promise.all((await readdir(directory)).sort().map(async (file) => [file, (await stat(join(directory, file))).ino])));

/** A copy of a folder whose model.safetensors is rewritten by `edit`. */
async function edited(name: string, edit: (tensors: { entry: TensorEntry; bytes: Uint8Array }[]) => void): Promise<string> {
  const directory = join(scratch, name);
  await cp(base, directory, { recursive: true });
  const file = new Uint8Array(await readFile(join(base, "model.safetensors")));
  const body = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  const tensors = parseHeader("x", new TextDecoder().decode(file.subarray(8, body)), file.length - body).map((entry) => ({
    entry,
    bytes: file.slice(body + entry.begin, body + entry.end),
  }));
  edit(tensors);
  let end = 0;
  const header = encodeHeader(tensors.map(({ entry, bytes }) => ({ ...entry, begin: end, end: (end += bytes.length) })));
  await writeFile(join(directory, "model.safetensors"), Buffer.concat([header, ...tensors.map(({ bytes }) => bytes)]));
  return directory;
}

describe("the sharder", () => {
  test("gives the same bytes, in whatever order the tensors come", async () => {
    await shard(base, join(scratch, "once"), 30_000);
    await shard(await edited("backwards", (tensors) => tensors.reverse()), join(scratch, "again"), 30_000);
    expect(await contents(join(scratch, "again"))).toEqual(await contents(join(scratch, "once")));
  });

  test.each([1000, 4096, 50_000, 1e9])("keeps shards of at most %i bytes, but for tensors that are larger", async (size) => {
    const out = join(scratch, `size-${size}`);
    const { manifest } = await shard(base, out, size, "f32");
    for (const { file, bytes } of manifest.shards) {
      const data = new Uint8Array(await readFile(join(out, file)));
      const header = 8 + Number(new DataView(data.buffer).getBigUint64(0, true));
      const tensors = parseHeader(file, new TextDecoder().decode(data.subarray(8, header)), data.length - header);
      expect(bytes).toBe(data.length);
      expect(header % 8).toBe(0);
      if (tensors.length > 1) expect(bytes - header).toBeLessThanOrEqual(size);
    }
    const [ours, original] = await Promise.all([load(out), load(base, { weights: "f32" })]);
    expect((await ours.score([5, 6, 7], { logits: true })).logits).toEqual((await original.score([5, 6, 7], { logits: true })).logits);
  });

  test("a second run touches nothing; a changed tensor, its shard and what names it; another size, everything but the small files", async () => {
    const out = join(scratch, "rerun");
    const first = await shard(base, out, 20_000);
    expect(first.kept).toBe(0);
    const before = await inodes(out);
    expect((await shard(base, out, 20_000)).kept).toBe(Object.keys(before).length);
    expect(await inodes(out)).toEqual(before);

    const changed = await edited("changed", (tensors) => tensors.find(({ entry }) => entry.name.endsWith("h.1.ln_2.bias"))!.bytes.fill(0));
    const second = await shard(changed, out, 20_000);
    const after = await inodes(out);
    const fresh = second.manifest.shards.filter(({ file }) => after[file] !== before[file]);
    expect(fresh).toHaveLength(1);
    expect(second.kept).toBe(Object.keys(before).length - 3); // that shard, the index and variorum.json

    await shard(base, out, 60_000);
    expect((await readdir(out)).filter((file) => file.endsWith(".safetensors"))).toEqual(
      (await readJson<Manifest>(out, "variorum.json")).shards.map(({ file }) => file),
    );
    expect((await inodes(out))["config.json"]).toBe(before["config.json"]);
  });

  test("a damaged shard of an earlier run is written anew", async () => {
    const out = join(scratch, "repair");
    const { manifest } = await shard(base, out, 20_000);
    const whole = await contents(out);
    await writeFile(join(out, manifest.shards[1]!.file), "damaged");
    await shard(base, out, 20_000);
    expect(await contents(out)).toEqual(whole);
  });

  test("a run that fails leaves the directory as it was", async () => {
    const out = join(scratch, "failing");
    await shard(base, out, 20_000);
    const before = await contents(out);
    const failing: [string, RegExp][] = [
      [await edited("truncated", (tensors) => void (tensors.at(-1)!.bytes = tensors.at(-1)!.bytes.subarray(4))), /should take/],
      [await edited("incomplete", (tensors) => void tensors.splice(3, 2)), /1 more are missing/],
      [
        await edited("other", (tensors) => void (tensors.find(({ entry }) => entry.name.endsWith("wpe.weight"))!.entry.shape = [64, 128])),
        /config\.json asks for/,
      ],
      [await edited("infinite", (tensors) => void tensors.at(-1)!.bytes.fill(255)), /not finite/],
    ];
    for (const [from, message] of failing) {
      await expect(shard(from, out, 5000)).rejects.toMatchObject({ code: "bad-shard", message: expect.stringMatching(message) });
      expect(await contents(out)).toEqual(before);
    }
  });

  test("makes a tokenizer.json of the files of older repositories", async () => {
    const from = join(scratch, "old-tokenizer");
    await cp(base, from, { recursive: true });
    await writeFile(join(from, "vocab.txt"), "[UNK]\n你\n好\n");
    const out = join(scratch, "new-tokenizer");
    await shard(from, out, 1e6);
    expect((await load(out)).encode("你好?")).toEqual([1, 2, 0]);
  });
});

describe("verify", () => {
  const problemsOf = async (directory: string) => {
    const source = new FileSource(directory);
    return (await verify(source, await readModelFiles(source), () => {})).problems;
  };

  test.each(["base", "odd-head", "untied", "f16-sharded", "no-prefix", "relu-bf16", "old-bin"])(
    "finds nothing wrong with %s, nor with what is made of it",
    async (name) => {
      expect(await problemsOf(join(hfFixtures, name))).toEqual([]);
      for (const weights of ["f32", "q8", "q4"] as const) {
        await shard(join(hfFixtures, name), join(scratch, `sound-${name}`), 40_000, weights);
        expect(await problemsOf(join(scratch, `sound-${name}`))).toEqual([]);
      }
    },
  );

  test("names every damaged shard of a directory", async () => {
    const out = join(scratch, "damaged");
    await cp(demo, out, { recursive: true });
    const files = (await readJson<Manifest>(demo, "variorum.json")).shards.map(({ file }) => file);
    const [flipped, short] = await Promise.all(files.slice(1, 3).map((file) => readFile(join(out, file))));
    flipped![100]! ^= 1;
    await writeFile(join(out, files[1]!), flipped!);
    await writeFile(join(out, files[2]!), short!.subarray(0, -1));
    await rm(join(out, files[3]!));
    expect(await problemsOf(out)).toEqual([
      expect.stringMatching(new RegExp(`^${files[1]} is damaged: its SHA-256`)),
      expect.stringMatching(new RegExp(`^${files[2]} has \\d+ bytes where`)),
      expect.stringMatching(new RegExp(`${files[3]} is missing`)),
    ]);
  });

  test.each([
    ["a missing tensor", (h: Header) => delete h["transformer.ln_f.bias"], /gap|missing/],
    ["another shape", (h: Header) => (h["transformer.wpe.weight"]!.shape = [64, 128]), /has shape \[64, 128\]/],
    ["a type that is no float", (h: Header) => (h["transformer.ln_f.bias"]!.dtype = "I32"), /type I32/],
  ])("finds %s in a plain folder", async (name, edit, message) => {
    const directory = join(scratch, `verify-${name}`);
    await cp(base, directory, { recursive: true });
    const file = join(directory, "model.safetensors");
    await writeFile(
      file,
      editHeader(new Uint8Array(await readFile(file)), (header) => void edit(header)),
    );
    const problems = await problemsOf(directory);
    expect(problems[0]).toMatch(message);
  });
  type Header = Record<string, { dtype: string; shape: number[] }>;

  test("finds numbers that are not finite, and tensors that are not there", async () => {
    expect(await problemsOf(await edited("nan", (tensors) => void tensors[0]!.bytes.fill(255)))).toEqual([expect.stringContaining("not finite")]);
    expect(await problemsOf(await edited("less", (tensors) => void tensors.splice(0, 2)))).toHaveLength(2);
  });
});

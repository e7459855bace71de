// `variorum shard` and `variorum inspect`.
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../web/model/formats/manifest";
import { sha256 } from "../../web/model/transfer/sha256";
import { json, run, scratchDirectory } from "./command";
import { asDoubles, demo, demoOriginal, editHeader, hfFixtures, readJson } from "./support";

const scratch = await scratchDirectory();

describe("shard and inspect", () => {
  test("the committed demo model is what `shard` makes of its original, byte for byte", async () => {
    const out = join(scratch, "demo");
    expect((await run("shard", demoOriginal, out, "--shard-size", "2MB")).status).toBe(0);
    const files = (await readdir(demo)).sort();
    expect((await readdir(out)).sort()).toEqual(files);
    for (const file of files)
      expect(await sha256(new Uint8Array(await readFile(join(out, file))))).toBe(await sha256(new Uint8Array(await readFile(join(demo, file)))));
  });

  test.each(["f32", "q8"])("%s shards of every kind of checkpoint score as the checkpoint itself does", async (weights) => {
    for (const name of ["odd-head", "untied", "f16-sharded", "no-prefix", "relu-bf16", "old-bin"]) {
      const out = join(scratch, `${name}-${weights}`);
      expect((await run("shard", join(hfFixtures, name), out, "--weights", weights, "--shard-size", "60kB")).status).toBe(0);
      const manifest = await readJson<Manifest>(out, "variorum.json");
      expect(manifest.shards.length).toBeGreaterThan(1);
      expect(manifest.shards.every((shard) => new RegExp(`^model-\\d{5}-of-\\d{5}-${shard.sha256.slice(0, 16)}\\.safetensors$`).test(shard.file))).toBe(true);
      const [ours, original] = await Promise.all([
        json("score", "--model", out, "--ids", "3,1,4,1,5", "--logits"),
        json("score", "--model", join(hfFixtures, name), "--weights", weights, "--ids", "3,1,4,1,5", "--logits"),
      ]);
      expect(ours).toEqual(original);
    }
  });

  test("another shard size replaces the shards of before; what is quantised cannot be sharded again", async () => {
    const out = join(scratch, "twice");
    await run("shard", join(hfFixtures, "base"), out, "--shard-size", "60kB");
    await run("shard", join(hfFixtures, "base"), out);
    expect((await readdir(out)).filter((file) => file.endsWith(".safetensors"))).toHaveLength(1);
    expect(await run("shard", out, join(scratch, "thrice"))).toMatchObject({ status: 2, stderr: expect.stringContaining("quantised already") });
  });

  test("a wrapper in front of all names is taken off, and said", async () => {
    const wrapped = join(scratch, "wrapped");
    await cp(join(hfFixtures, "base"), wrapped, { recursive: true });
    const file = join(wrapped, "model.safetensors");
    const rename = (header: Parameters<Parameters<typeof editHeader>[1]>[0]) => {
      for (const [name, entry] of Object.entries(header)) {
        delete header[name];
        header[name === "__metadata__" ? name : `module.${name}`] = entry;
      }
    };
    await writeFile(file, editHeader(new Uint8Array(await readFile(file)), rename));
    expect(await json("inspect", wrapped)).toMatchObject({ wrapper: "module.", problems: [] });
    expect((await run("inspect", wrapped)).stdout).toContain('begin with "module."');
    expect((await run("inspect", join(hfFixtures, "base"))).stdout).not.toContain("begin with");
    const [ours, plain] = [join(scratch, "ours"), join(scratch, "plain")];
    await run("shard", wrapped, ours);
    await run("shard", join(hfFixtures, "base"), plain);
    expect((await readJson<Manifest>(ours, "variorum.json")).sha256).toBe((await readJson<Manifest>(plain, "variorum.json")).sha256);
  });

  test("doubles become the shards of the floats that they round to; inspect sees those that no float holds", async () => {
    const [doubles, ours, plain] = ["doubles", "ours-f64", "plain-f32"].map((name) => join(scratch, name)) as [string, string, string];
    await cp(join(hfFixtures, "base"), doubles, { recursive: true });
    const file = join(doubles, "model.safetensors");
    const bytes = new Uint8Array(await readFile(file));
    await writeFile(file, asDoubles(bytes));
    expect(await json("inspect", doubles)).toMatchObject({ problems: [] });
    await run("shard", doubles, ours);
    await run("shard", join(hfFixtures, "base"), plain);
    expect((await readJson<Manifest>(ours, "variorum.json")).sha256).toBe((await readJson<Manifest>(plain, "variorum.json")).sha256);
    await writeFile(
      file,
      asDoubles(bytes, (value, i) => (i === 70 ? 1e300 : value)),
    );
    expect(await run("inspect", doubles)).toMatchObject({ status: 2, stderr: expect.stringContaining("bad-shard") });
  });

  test("inspect: what is there, and bad-shard for what is damaged", async () => {
    expect(await json("inspect", demo)).toMatchObject({ layout: "variorum", weights: "q8", parameters: 8_212_480, verified: true, tokenizer: true });
    expect(await json("inspect", join(hfFixtures, "base"))).toMatchObject({ layout: "hugging-face", verified: false });
    const broken = join(scratch, "broken");
    await run("shard", join(hfFixtures, "base"), broken);
    const file = join(broken, (await readJson<Manifest>(broken, "variorum.json")).shards[0]!.file);
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 4;
    await writeFile(file, bytes);
    expect(await run("inspect", broken)).toMatchObject({ status: 2, stderr: expect.stringMatching(/^variorum: bad-shard: .*\n$/) });
  });
});

// Files of the visitor's, and addresses.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Engine } from "../../web/engine/engine";
import { openSource } from "../../web/model/open-source";
import { parseModelAddress } from "../../web/model/sources/address";
import { LocalSource } from "../../web/model/sources/local-source";
import { standardTransfer } from "../../web/model/transfer/transfer";
import { hfFixtures, load } from "./support";

/** A fixture's files as a picker gives them; `folder` is where they lie. */
const filesOf = async (name: string, folder = name): Promise<File[]> =>
  Promise.all(
    (await readdir(join(hfFixtures, name))).map(async (file) => {
      const found = new File([await readFile(join(hfFixtures, name, file))], file);
      return Object.defineProperty(found, "webkitRelativePath", { value: folder && `${folder}/${file}` });
    }),
  );

const logprobs = async (engine: Engine) => (await engine.score([5, 6, 7, 8])).logprobs;

test.each(["base", "f16-sharded", "old-bin", "untied"])("chosen files: %s, in one piece and in small blocks", async (name) => {
  const right = await load(join(hfFixtures, name));
  for (const transfer of [standardTransfer, { ...standardTransfer, blockBytes: 100_000, wholeBytes: 0 }]) {
    const source = await openSource({ files: await filesOf(name) }, null);
    expect(source).toMatchObject({ name, remote: false });
    const engine = await Engine.load(source, {}, { transfer });
    expect(await logprobs(engine)).toEqual(await logprobs(right));
    expect(engine.info.sha256).toBe(right.info.sha256);
  }
});

test("of two files of one name, the higher counts; without config.json there is no model", async () => {
  const nested = await filesOf("gelu-erf", "base/checkpoint-500");
  const source = new LocalSource([...nested, ...(await filesOf("base"))]);
  expect(source.name).toBe("base");
  expect(await source.text("config.json")).toBe(await readFile(join(hfFixtures, "base/config.json"), "utf8"));
  expect(await source.text("none.json")).toBeNull();
  expect(await source.open("none.safetensors")).toBeNull();
  expect(await source.describe("none.safetensors")).toBeNull();
  expect(new LocalSource(await filesOf("base", "")).name).toBe("local files");
  expect(() => new LocalSource([])).toThrow(expect.objectContaining({ code: "bad-option" }));
});

test("a chosen file that has changed since is an error that says so", async () => {
  const files = await filesOf("base");
  const weights = files.find(({ name }) => name === "model.safetensors")!;
  weights.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }) as unknown as Blob;
  await expect(Engine.load(new LocalSource(files))).rejects.toMatchObject({
    code: "network",
    message: expect.stringMatching(/model\.safetensors.*choose it again/),
  });
});

test("addresses: relative to the page, directories, short forms", () => {
  expect(parseModelAddress("models/x", "http://page/demo/")).toBe("http://page/demo/models/x/");
  expect(parseModelAddress(new URL("http://host/m?x=1"))).toBe("http://host/m/?x=1");
  expect(parseModelAddress("hf:gpt2")).toMatchObject({ hub: "gpt2", revision: "main" });
  expect(parseModelAddress({ hub: "a/b", endpoint: "https://hub.example//" })).toMatchObject({ endpoint: "https://hub.example" });
  expect(parseModelAddress({ cached: "x" })).toEqual({ cached: "x" });
  for (const wrong of ["hf:", "hf:a/b@", "hf:a b", "http://"])
    expect(() => parseModelAddress(wrong, "http://page/")).toThrow(expect.objectContaining({ code: "bad-option" }));
});

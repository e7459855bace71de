// Folders and hosts as strangers have them: a model is not refused for what it does not need, and what is refused is named.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GenerateOptions, RunEvent } from "../../web/api/types";
import { Engine } from "../../web/engine/engine";
import { openSource } from "../../web/model/open-source";
import { parseModelAddress } from "../../web/model/sources/address";
import { LocalSource } from "../../web/model/sources/local-source";
import { asDoubles, editHeader, generate, hfFixtures, load, PatchedSource } from "./support";

const base = join(hfFixtures, "base");
const config = JSON.parse(await readFile(join(base, "config.json"), "utf8")) as Record<string, unknown>;
const ids = [7, 8, 9, 10, 11];
type Patches = ConstructorParameters<typeof PatchedSource>[1];

const score = async (engine: Engine) => (await engine.score(ids)).logprobs;
let expected: number[];
beforeAll(async () => {
  expected = await score(await load(base));
});
const loadWith = (patches: Patches, directory = base) => Engine.load(new PatchedSource(directory, patches));

/** config.json with other names for some of its keys; undefined takes a key away. */
const renamed = (names: Record<string, string | undefined>) =>
  JSON.stringify(
    Object.fromEntries(Object.entries(config).flatMap(([key, value]) => (key in names ? (names[key] ? [[names[key], value]] : []) : [[key, value]]))),
  );
const withTail = (file: Record<string, unknown>, tail: string) => `${JSON.stringify(file).slice(0, -1)},${tail}}`;

/** All tensors' names behind `edit`. */
const renameTensors = (edit: (name: string) => string) => (bytes: Uint8Array) =>
  editHeader(bytes, (header) => {
    for (const [name, entry] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      delete header[name];
      header[edit(name)] = entry;
    }
  });
const bare = (name: string) => name.replace(/^transformer\./, "");

describe("loads, and computes the same", () => {
  const odd = '"x": NaN, "list": [0.5, Infinity, -Infinity], "text": "NaN and \\"Infinity\\" stay"';
  const cases: [string, Patches][] = [
    ["config.json with NaN and Infinity, as Python writes them", { "config.json": withTail(config, odd) }],
    ["generation_config.json with them", { "generation_config.json": withTail({ top_k: 3 }, odd) }],
    ["tokenizer_config.json with them", { "tokenizer_config.json": withTail({ a: 1 }, '"model_max_length": Infinity') }],
    ["config.json with a byte-order mark", { "config.json": `\uFEFF${JSON.stringify(config)}` }],
    [
      "the names of Hugging Face's attribute map",
      {
        "config.json": renamed({
          n_embd: "hidden_size",
          n_layer: "num_hidden_layers",
          n_head: "num_attention_heads",
          n_positions: "max_position_embeddings",
          n_ctx: undefined,
        }),
      },
    ],
    ["n_ctx alone, as the oldest files have it", { "config.json": renamed({ n_positions: "n_ctx", n_ctx: undefined }) }],
    ["an epsilon written as a text", { "config.json": JSON.stringify({ ...config, layer_norm_epsilon: String(config.layer_norm_epsilon) }) }],
    [
      "an index that was left beside whole weights",
      { "model.safetensors.index.json": JSON.stringify({ weight_map: { "transformer.wte.weight": "model-00001-of-00002.safetensors" } }) },
    ],
    ["an index of PyTorch's that was left beside them", { "pytorch_model.bin.index.json": "{}" }],
    ...["module.", "model.", "_orig_mod.", "a.b.", "_orig_mod.module."].flatMap((wrapper): [string, Patches][] => [
      [`names behind ${wrapper}transformer.`, { "model.safetensors": renameTensors((name) => `${wrapper}transformer.${bare(name)}`) }],
      [`names behind ${wrapper}`, { "model.safetensors": renameTensors((name) => wrapper + bare(name)) }],
    ]),
  ];
  test.each(cases)("%s", async (_, patches) => {
    expect(await score(await loadWith(patches))).toEqual(expected);
  });

  test("a second model in the file, behind a name of its own, does not count", async () => {
    const both = (bytes: Uint8Array) =>
      editHeader(bytes, (header) => {
        // An average of the vector ln_f.bias: empty, so that it needs no bytes.
        header["average.transformer.ln_f.bias"] = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
      });
    expect(await score(await loadWith({ "model.safetensors": both }))).toEqual(expected);
  });

  test("doubles, rounded to the nearest float; what is beyond all floats is bad-shard", async () => {
    expect(await score(await loadWith({ "model.safetensors": (bytes) => asDoubles(bytes, (value) => value * (1 + 1e-9)) }))).toEqual(expected);
    const infinite = loadWith({ "model.safetensors": (bytes) => asDoubles(bytes, (value, i) => (i === 70 ? 1e300 : value)) });
    await expect(infinite).rejects.toMatchObject({ code: "bad-shard" });
  });

  test("a head of its own behind the wrapper", async () => {
    const untied = join(hfFixtures, "untied");
    const wrapped = await loadWith({ "model.safetensors": renameTensors((name) => `module.${name}`) }, untied);
    expect(await score(wrapped)).toEqual(await score(await load(untied)));
  });
});

describe("generation_config.json counts where it is used", () => {
  const run = async (generation: unknown, options: GenerateOptions) => {
    const engine = await loadWith({ "generation_config.json": JSON.stringify(generation) });
    return generate(engine, ids, { seed: 1, maxNewTokens: 4, ...options });
  };
  test.each<[string, unknown, GenerateOptions]>([
    ["greedy decoding has no use for temperature 0", { do_sample: false, temperature: 0 }, { doSample: false }],
    ["… nor for top_p 0", { top_p: 0 }, { doSample: false }],
    ["… nor for top_k −1", { top_k: -1, typical_p: "x" }, { doSample: false }],
    ["… nor for 64 sequences", { num_return_sequences: 64 }, { doSample: false }],
    ["who gives a temperature does not need the model's", { temperature: 0 }, { temperature: 0.7 }],
    ["who gives top-k and top-p", { top_k: -1, top_p: 0 }, { topK: 5, topP: 0.9 }],
    ["who gives the number of variants", { num_return_sequences: 64 }, { numReturnSequences: 2 }],
    ["who gives streams", { num_return_sequences: 64 }, { streams: [3] }],
    ["who gives a length", { max_length: -3, max_new_tokens: "many" }, { maxNewTokens: 4 }],
    ["without beams their length penalty", { length_penalty: "x", early_stopping: 3 }, {}],
    ["tokens beyond the vocabulary are suppressed already", { suppress_tokens: [50256], begin_suppress_tokens: [50256, 3] }, {}],
  ])("%s", async (_, generation, options) => {
    expect((await run(generation, options)).variants[0]!.ids.length).toBeGreaterThan(ids.length);
  });

  test.each<[string, unknown, GenerateOptions, RegExp]>([
    ["temperature 0 when sampling", { temperature: 0 }, {}, /^generation_config.json: temperature is 0; .*Give temperature yourself/],
    ["top_k −1 when sampling", { top_k: -1 }, {}, /^generation_config.json: topK is -1; /],
    ["64 sequences when sampling", { num_return_sequences: 64 }, {}, /^generation_config.json: numReturnSequences is 64/],
    ["stop strings that are none", { stop_strings: [1] }, {}, /^generation_config.json: stop is \[1\]/],
    ["an unknown early_stopping with beams", { num_beams: 2, early_stopping: "x" }, { doSample: false }, /^generation_config.json: earlyStopping/],
  ])("%s is bad-config", async (_, generation, options, message) => {
    await expect(run(generation, options)).rejects.toMatchObject({ code: "bad-config", message: expect.stringMatching(message) });
  });

  test("what the caller gives stays the caller's fault", async () => {
    await expect(run({ temperature: 0 }, { temperature: -1 })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringMatching(/^temperature is -1/),
    });
    await expect(run({}, { suppressTokens: [50256] })).rejects.toMatchObject({ code: "bad-option" });
  });
});

describe("is refused as what it is", () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 548105171\n";
  const none = { "model.safetensors": null };
  const empty = () => new Uint8Array();
  /** A directory of `base` in which the file stands beside the others. */
  const beside = (file: string): Patches => ({ ...none, [file]: "x" });
  const cases: [string, Patches, string, RegExp][] = [
    ["a pointer of Git LFS for config.json", { "config.json": pointer }, "bad-config", /config.json is a pointer of Git LFS.*git lfs pull/],
    ["for tokenizer.json", { "tokenizer.json": pointer }, "bad-config", /tokenizer.json is a pointer of Git LFS/],
    ["for model.safetensors", { "model.safetensors": pointer }, "bad-shard", /model.safetensors is a pointer of Git LFS/],
    ["for pytorch_model.bin", { ...none, "pytorch_model.bin": pointer }, "bad-shard", /pytorch_model.bin is a pointer of Git LFS/],
    ["an adapter's weights", beside("adapter_model.safetensors"), "bad-shard", /adapter_model.safetensors is an adapter \(LoRA\).*merge_and_unload/],
    ["an adapter without the model's configuration", { "config.json": null, "adapter_config.json": "{}" }, "bad-config", /adapter \(LoRA\)/],
    ["TensorFlow's weights alone", beside("tf_model.h5"), "bad-shard", /TensorFlow.*from_tf/],
    ["Flax's alone", beside("flax_model.msgpack"), "bad-shard", /Flax/],
    ["nanoGPT's checkpoint", { ...beside("ckpt.pt"), "config.json": null }, "bad-config", /nanoGPT/],
    ["no weights at all", none, "bad-shard", /missing.*model.safetensors or pytorch_model.bin is needed/],
    ["an empty configuration file", { "config.json": empty }, "bad-config", /not valid JSON/],
    ["NaN where a number is needed", { "config.json": JSON.stringify(config).replace(/"n_layer": ?\d+/, '"n_layer": NaN') }, "bad-config", /n_layer is "NaN"/],
  ];
  test.each(cases)("%s", async (_, patches, code, message) => {
    await expect(loadWith(patches)).rejects.toMatchObject({ name: "VariorumError", code, message: expect.stringMatching(message) });
  });

  test("files of other programs that were dropped on the page", () => {
    const chosen = (...names: string[]) => names.map((name) => new File(["x"], name));
    expect(() => new LocalSource(chosen("gpt2.Q4_0.gguf"))).toThrow(/gpt2.Q4_0.gguf is for llama.cpp/);
    expect(() => new LocalSource(chosen("readme.txt"))).toThrow(/choose the folder/);
  });

  test.each([
    ["https://huggingface.co/openai-community/gpt2", "hf:openai-community/gpt2"],
    ["https://huggingface.co/openai-community/gpt2/", "hf:openai-community/gpt2"],
    ["https://huggingface.co/openai-community/gpt2.git", "hf:openai-community/gpt2"],
    ["https://huggingface.co/gpt2/tree/main", "hf:gpt2@main"],
    ["https://huggingface.co/openai-community/gpt2/tree/refs%2Fpr%2F3", "hf:openai-community/gpt2@refs/pr/3"],
    ["https://huggingface.co/openai-community/gpt2/blob/main/config.json", "hf:openai-community/gpt2@main"],
  ])("the page of a repository: %s", (address, name) => {
    expect(() => parseModelAddress(address)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringMatching(new RegExp(`say ${name}\\.$`)) }),
    );
  });

  test("its files' own address is none", () => {
    const address = "https://huggingface.co/openai-community/gpt2/resolve/main/";
    expect(parseModelAddress(address)).toBe(address);
  });
});

describe("hosts with manners of their own", () => {
  /** Serves `base`; how it answers for what it does not have, and what it wants to see in a query. */
  const behaviours = { missing: 404, type: "application/octet-stream" as string | null, signature: "", head: true, page: "" };
  let behaviour = behaviours;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url!, "http://host/");
      asked.push(request.url!);
      const refuse = (status: number) => response.writeHead(status, { "content-type": "application/xml" }).end("<Error/>");
      if (behaviour.signature && url.search !== behaviour.signature) return refuse(403);
      if (request.method === "HEAD" && !behaviour.head) return refuse(403);
      const body = await readFile(join(base, url.pathname)).catch(() => null);
      if (!body && behaviour.page) return response.writeHead(200, { "content-type": "text/plain" }).end(behaviour.page);
      if (!body) return refuse(behaviour.missing);
      response.writeHead(200, { ...(behaviour.type ? { "content-type": behaviour.type } : {}), "content-length": body.length });
      response.end(request.method === "HEAD" ? undefined : body);
    })();
  });
  let address: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const loadFrom = async (odd: Partial<typeof behaviours>, query = "") => {
    behaviour = { ...behaviours, ...odd };
    asked.length = 0;
    return Engine.load(await openSource(parseModelAddress(address + query), null));
  };

  test.each<[string, Partial<typeof behaviours>]>([
    ["403 for what is not there, as object storage answers", { missing: 403 }],
    ["400", { missing: 400 }],
    ["401", { missing: 401 }],
    ["no HEAD", { head: false }],
    ["403 and no HEAD", { missing: 403, head: false }],
    ["all files called pages", { type: "text/html" }],
    ["all files called text", { type: "text/plain; charset=utf-8" }],
    ["no types", { type: null }],
    ["an app's page for what is not there, called text", { page: "<!doctype html><html></html>" }],
    ["… and in capitals, after white space", { page: "\n <!DOCTYPE HTML>\n<html></html>" }],
  ])("%s", async (_, odd) => {
    expect(await score(await loadFrom(odd))).toEqual(expected);
  });

  test("a signature in the address goes to every file, and into no name or message", async () => {
    const engine = await loadFrom({ signature: "?sig=a%2Fb&expires=7" }, "?sig=a%2Fb&expires=7");
    expect(await score(engine)).toEqual(expected);
    expect(asked.every((url) => url.endsWith("?sig=a%2Fb&expires=7"))).toBe(true);
    const refused = await loadFrom({ signature: "?sig=another" }, "?sig=old").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "network", message: expect.stringMatching(/403.*config.json/) });
    expect(String(refused)).not.toContain("sig=");
  });

  test("an address that looks like a repository's says how to name it", async () => {
    behaviour = behaviours;
    await expect(openSource(`${address}owner/name`, null).then((source) => Engine.load(source))).rejects.toMatchObject({
      code: "bad-config",
      message: expect.stringMatching(/say hf:owner\/name/),
    });
  });
});

describe("every token banned", () => {
  const banned = { suppressTokens: Array.from({ length: config.vocab_size as number }, (_, id) => id) };

  test.each([{}, { doSample: false }, { doSample: false, numBeams: 2 }, { numBeams: 2 }] as GenerateOptions[])(
    "no token is written, and the end says so: %j",
    async (options) => {
      const engine = await load(base);
      const events: RunEvent[] = [];
      const { variants } = await generate(engine, ids, { ...options, ...banned }, (given) => events.push(...given));
      for (const variant of variants) expect(variant).toMatchObject({ ids, logprobs: [], score: null, finishReason: "banned" });
      expect(events).toEqual(variants.map((_, variant) => ({ type: "end", variant, finishReason: "banned" })));
      expect((await generate(engine, ids, { maxNewTokens: 3 })).variants[0]!.finishReason).toBe("length");
    },
  );

  test("after some tokens what is written stays, and the other variants go on", async () => {
    const engine = await load(base);
    const suppressTokens = banned.suppressTokens.filter((id) => id > 20 && id < 300);
    const all = (await generate(engine, ids, { suppressTokens, noRepeatNgramSize: 1, maxNewTokens: 60, eosTokenId: [], seed: 3 })).variants;
    for (const { ids: written, finishReason } of all) {
      expect(new Set(written).size).toBe(written.length);
      expect(finishReason).toBe("length");
    }
    const few = {
      suppressTokens: banned.suppressTokens.filter((id) => id < 50 || id > 53),
      noRepeatNgramSize: 1,
      eosTokenId: 52,
      numReturnSequences: 8,
      seed: 1,
    };
    const { variants } = await generate(engine, ids, few);
    expect(new Set(variants.map(({ finishReason }) => finishReason))).toEqual(new Set(["eos"]));
    const { variants: endless } = await generate(engine, ids, { ...few, eosTokenId: [] });
    for (const variant of endless) expect([variant.finishReason, variant.ids.slice(ids.length).sort()]).toEqual(["banned", [50, 51, 52, 53]]);
  });
});

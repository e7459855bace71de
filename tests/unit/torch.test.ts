// pytorch_model.bin: what torch.save writes gives Hugging Face's logits; what it does not write is refused and never run.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../web/engine/engine";
import type { TensorEntry } from "../../web/model/formats/safetensors";
import { readTorchTensors } from "../../web/model/formats/torch-checkpoint";
import { hfFixtures, PatchedSource, readJson, root } from "./support";
import { op, type TorchTensorSpec, torchMembers, torchSequence, zip } from "./torch-files";

const directory = join(hfFixtures, "old-bin");
const file = "pytorch_model.bin";

/** The tensors of a checkpoint that are asked for, streamed in chunks of an odd size through places of an odd size. */
async function read(bytes: Uint8Array, needs: (name: string) => boolean = () => true): Promise<TorchTensorSpec[]> {
  const tensors: TorchTensorSpec[] = [];
  let at = 0;
  let size = 0;
  const place = () => (at < size ? tensors.at(-1)!.bytes.subarray(at, (at = Math.min(size, at + 999))) : null);
  const stream = {
    bytes: bytes.length,
    chunks: (async function* () {
      for (let at = 0; at < bytes.length; at += 101) yield bytes.subarray(at, at + 101);
    })(),
  };
  await readTorchTensors(file, stream, needs, {
    stage({ name, shape, begin, end, dtype }: TensorEntry) {
      at = 0;
      size = end - begin;
      const elementBytes = size / shape.reduce((product, extent) => product * extent, 1);
      tensors.push({ name, shape, bytes: new Uint8Array(size), elementBytes, type: dtype });
      return place();
    },
    commit: place,
  });
  return tensors;
}

let original: Uint8Array;
let tensors: TorchTensorSpec[];
let expected: { input_ids: number[]; last_logits: number[] };
beforeAll(async () => {
  original = new Uint8Array(await readFile(join(directory, file)));
  tensors = (await read(original, (name) => !/\.attn\.(masked_)?bias$/.test(name))).map(({ name, shape, bytes }) => ({ name, shape, bytes }));
  expected = (await readJson<{ cases: (typeof expected)[] }>(directory, "expected.json")).cases[0]!;
});

/** The model with another pytorch_model.bin. */
const loadFrom = (bytes: Uint8Array) => Engine.load(new PatchedSource(directory, { [file]: () => bytes }), { weights: "f32" });

async function expectHuggingFacesLogits(engine: Engine) {
  const { logits } = await engine.score(expected.input_ids, { logits: true });
  const difference = Math.max(...logits!.at(-1)!.map((value, i) => Math.abs(value - expected.last_logits[i]!)));
  expect(difference).toBeLessThan(1e-3);
}

/** A matrix stored by columns, as `.t()` leaves it. */
function transposed(tensor: TorchTensorSpec): TorchTensorSpec {
  const [rows, columns] = tensor.shape as [number, number];
  const bytes = new Uint8Array(tensor.bytes.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      bytes.set(tensor.bytes.subarray(4 * (row * columns + column), 4 * (row * columns + column) + 4), 4 * (column * rows + row));
  }
  return { ...tensor, bytes, strides: [1, rows] };
}

/** All tensors as views of one storage; `gap` elements between them. */
function inOneStorage(tensors: TorchTensorSpec[], gap: number): TorchTensorSpec[] {
  const offsets: number[] = [];
  let end = gap;
  for (const { bytes } of tensors) {
    offsets.push(end);
    end += bytes.length / 4 + gap;
  }
  const all = new Uint8Array(4 * end);
  tensors.forEach(({ bytes }, i) => all.set(bytes, 4 * offsets[i]!));
  return tensors.map((tensor, i) => ({ ...tensor, bytes: all, key: "all", offset: offsets[i]! }));
}

describe("gives Hugging Face's logits", () => {
  test.each([
    ["as torch.save writes it, sizes after the data", () => zip(torchMembers(tensors))],
    ["with sizes in the headers, and a comment", () => zip(torchMembers(tensors), { sizes: "header", comment: "made by another tool" })],
    ["as zip64", () => zip(torchMembers(tensors), { zip64: true })],
    ["as zip64 with sizes in the headers", () => zip(torchMembers(tensors), { zip64: true, sizes: "header" })],
    ["in the format before PyTorch 1.6", () => torchSequence(tensors)],
    ["with matrices stored by columns", () => zip(torchMembers(tensors.map((tensor) => (tensor.shape.length === 2 ? transposed(tensor) : tensor))))],
    ["with all tensors in one storage", () => zip(torchMembers(inOneStorage(tensors, 0)))],
    ["with all tensors in one storage, apart from each other and in another order", () => torchSequence(inOneStorage(tensors, 5).reverse())],
    [
      "with an lm_head that shares the embedding's storage",
      () => zip(torchMembers([...tensors, { ...tensors.find(({ name }) => name.endsWith("wte.weight"))!, name: "lm_head.weight", key: "0" }])),
    ],
  ])("%s", async (_, make) => {
    await expectHuggingFacesLogits(await loadFrom(make()));
  });

  test("from several files with an index", async () => {
    const half = tensors.length >> 1;
    const parts = { "part-1.bin": zip(torchMembers(tensors.slice(0, half))), "part-2.bin": torchSequence(tensors.slice(half)) };
    const map = Object.fromEntries(tensors.map(({ name }, i) => [name, i < half ? "part-1.bin" : "part-2.bin"]));
    const source = new PatchedSource(directory, { [file]: null, "pytorch_model.bin.index.json": JSON.stringify({ weight_map: map }) });
    const open = source.open.bind(source);
    source.open = async (name) => {
      const bytes = parts[name as keyof typeof parts];
      return bytes
        ? {
            bytes: bytes.length,
            chunks: (async function* () {
              yield bytes;
            })(),
          }
        : open(name);
    };
    await expectHuggingFacesLogits(await Engine.load(source, { weights: "f32" }));
  });
});

test("two needed tensors of one storage, one of them a column of the other", async () => {
  const matrix = Float32Array.of(1, 2, 3, 4, 5, 6);
  const bytes = new Uint8Array(matrix.buffer);
  const got = await read(
    zip(
      torchMembers([
        { name: "a", shape: [2, 3], bytes, key: "x" },
        { name: "b", shape: [2], bytes, key: "x", offset: 1, strides: [3] },
        { name: "c", shape: [], bytes, key: "x", offset: 5 },
      ]),
    ),
  );
  expect(got.map(({ name, bytes }) => [name, ...new Float32Array(bytes.buffer)])).toEqual([
    ["a", 1, 2, 3, 4, 5, 6],
    ["b", 2, 5],
    ["c", 6],
  ]);
});

describe("PyTorch's own files (tests/fixtures/torch/make.py)", async () => {
  type Expected = Record<string, Record<string, [dtype: string, shape: number[], values: number[]]>>;
  const fixtures = join(root, "tests/fixtures/torch");
  const expected = await readJson<Expected>(fixtures, "expected.json");
  const names: Record<string, string> = { "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16", "torch.uint8": "U8", "torch.bool": "BOOL" };

  /** The values of a tensor of any of these types. */
  function values({ type, bytes }: TorchTensorSpec): number[] {
    if (type === "F32") return [...new Float32Array(bytes.buffer)];
    if (type === "BF16") return [...new Uint16Array(bytes.buffer)].map((bits) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!);
    if (type !== "F16") return [...bytes];
    return [...new Uint16Array(bytes.buffer)].map((bits) => {
      const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
      return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
    });
  }

  test.each(
    Object.keys(expected).flatMap((name) => [
      [name, "zip"],
      [name, "old"],
    ]),
  )("%s-%s.bin: views, ties, transposed, parameters, empty ones", async (name, format) => {
    const tensors = await read(new Uint8Array(await readFile(join(fixtures, `${name}-${format}.bin`))));
    const got = Object.fromEntries(tensors.map((tensor) => [tensor.name, [tensor.type, tensor.shape, values(tensor)]]));
    expect(got).toEqual(Object.fromEntries(Object.entries(expected[name!]!).map(([key, [dtype, shape, values]]) => [key, [names[dtype], shape, values]])));
  });
});

test("types have safetensors' names", async () => {
  const types = { HalfStorage: ["F16", 2], BFloat16Storage: ["BF16", 2], DoubleStorage: ["F64", 8], ByteStorage: ["U8", 1], LongStorage: ["I64", 8] } as const;
  for (const [type, [dtype, elementBytes]] of Object.entries(types)) {
    const [tensor] = await read(torchSequence([{ name: "a", shape: [3], bytes: new Uint8Array(3 * elementBytes), type, elementBytes }]));
    expect(tensor).toMatchObject({ type: dtype, elementBytes });
  }
});

describe("what is no state dict is refused by name", () => {
  const one: TorchTensorSpec = { name: "a", shape: [2], bytes: new Uint8Array(8) };
  const pickled = (...parts: number[][]) => zip([{ name: "archive/data.pkl", bytes: [...op.proto, ...parts.flat(), ...op.stop] }]);
  const members = () => torchMembers([one]);
  test.each([
    ["a call of os.system", () => pickled(op.global("os", "system"), op.text("true"), [0x85], op.reduce), /"os\.system"/],
    ["a name beside those of tensors", () => pickled(op.global("torch", "load")), /"torch\.load"/],
    ["a name as long as the file", () => pickled(op.global("a".repeat(10_000), "b")), /damaged/],
    ["an opcode that builds objects", () => pickled(op.global("torch", "FloatStorage"), op.emptyTuple, [0x81]), /opcode 0x81/],
    ["a call of a storage's class", () => pickled(op.global("torch", "FloatStorage"), op.emptyTuple, op.reduce), /something else than tensors/],
    ["an empty stack", () => pickled(op.reduce), /damaged/],
    ["another protocol", () => zip([{ name: "archive/data.pkl", bytes: [0x80, 4, ...op.stop] }]), /protocol 4/],
    ["no dict", () => pickled(op.int(7)), /no tensors/],
    ["a tensor larger than its storage", () => zip(torchMembers([{ ...one, shape: [3] }])), /larger than its storage/],
    ["a tensor that begins past its storage", () => zip(torchMembers([{ ...one, offset: 1 }])), /larger than its storage/],
    ["strides of nothing that make much of little", () => zip(torchMembers([{ ...one, shape: [1e6, 1e6], strides: [0, 0] }])), /larger than its storage/],
    ["compressed members", () => zip(members(), { method: 8 }), /compressed/],
    ["no pickle", () => zip([{ name: "x", bytes: [1] }]), /no data\.pkl/],
    ["tensors before the pickle", () => zip([members()[2]!, members()[0]!]), /stands after/],
    ["a storage that is missing", () => zip(members().filter(({ name }) => !name.includes("data/"))), /numbers of tensor "a" are missing/],
    [
      "a storage that is short",
      () =>
        zip(
          members().map((member) => (member.name.includes("data/") ? { ...member, bytes: [1, 2, 3, 4] } : member)),
          { sizes: "header" },
        ),
      /not the size|damaged|not match/,
    ],
    [
      "big numbers first",
      () => zip(members().map((member) => (member.name.endsWith("order") ? { ...member, bytes: [...new TextEncoder().encode("big")] } : member))),
      /big-endian/,
    ],
    ["a directory of other members", () => zip(members()).map((byte, i, all) => (i === all.length - 30 ? byte ^ 1 : byte)), /directory/],
    ["bytes after the end", () => Uint8Array.from([...zip(members()), 0]), /after its end/],
    ["half a file", () => zip(members()).subarray(0, 150), /truncated/],
    ["half a file of the older format", () => torchSequence([one]).subarray(0, -3), /truncated/],
    ["something else", () => new TextEncoder().encode("<!doctype html>"), /not a checkpoint/],
    [
      "a storage of another length in the older format",
      () => torchSequence([one]).map((byte, i, all) => (i === all.length - 16 ? byte ^ 1 : byte)),
      /not the size/,
    ],
  ] as [string, () => Uint8Array, RegExp][])("%s", async (_, make, message) => {
    await expect(read(make())).rejects.toMatchObject({ name: "VariorumError", code: "bad-shard", message: expect.stringMatching(message) });
  });

  test("a pickle without end", async () => {
    const endless = new Uint8Array(5 << 20).fill(op.none[0]!);
    await expect(read(zip([{ name: "archive/data.pkl", bytes: endless }]))).rejects.toMatchObject({
      code: "bad-shard",
      message: expect.stringContaining("far larger"),
    });
  });
});

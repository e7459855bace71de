// Damage for property tests: of bytes, of text, and of JSON values in places of their own.
import fc from "fast-check";

/** Cases of each kind and format; valid files with some damage are one half, inventions the other. FUZZ_RUNS asks for more. */
export const cases = { numRuns: Number(process.env.FUZZ_RUNS ?? 1500) };

const interesting = [0, 1, 2, 7, 8, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

interface ByteEdit {
  kind: "flip" | "set" | "word" | "insert" | "delete" | "repeat" | "cut";
  /** Of the length. */
  at: number;
  value: number;
}
const byteEdits = fc.array(
  fc.record<ByteEdit>({
    kind: fc.constantFrom("flip", "set", "word", "insert", "delete", "repeat", "cut"),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    value: fc.oneof(fc.constantFrom(...interesting), fc.nat(0xffffffff)),
  }),
  { minLength: 1, maxLength: 4 },
);

function editBytes(bytes: Uint8Array, edits: ByteEdit[]): Uint8Array {
  let all = Buffer.from(bytes);
  for (const { kind, at, value } of edits) {
    const i = Math.min(Math.floor(at * all.length), Math.max(0, all.length - 4));
    const size = 1 + (value % 40);
    if (all.length < 4) break;
    if (kind === "flip") all[i]! ^= 1 << (value % 8);
    else if (kind === "set") all[i] = value & 255;
    else if (kind === "word") all.writeUInt32LE(value, i);
    else if (kind === "insert") all = Buffer.concat([all.subarray(0, i), Buffer.alloc(size, value & 255), all.subarray(i)]);
    else if (kind === "delete") all = Buffer.concat([all.subarray(0, i), all.subarray(i + size)]);
    else if (kind === "repeat") all = Buffer.concat([all.subarray(0, i + size), all.subarray(i)]);
    else all = all.subarray(0, i);
  }
  return new Uint8Array(all);
}

/** One of these files with some damage. */
export const damagedBytes = (...files: Uint8Array[]) => fc.tuple(fc.constantFrom(...files), byteEdits).map(([file, edits]) => editBytes(file, edits));

/** One of these texts with some damage. */
export const damagedText = (...texts: string[]) =>
  damagedBytes(...texts.map((text) => new TextEncoder().encode(text))).map((bytes) => new TextDecoder().decode(bytes));

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    "",
    "gpt2",
    -1,
    0,
    1,
    0.5,
    2 ** 31,
    2 ** 32 + 64,
    2 ** 53,
    1e308,
    "__proto__",
    [],
    {},
    [[]],
    { toString: 1 },
    { length: 1e9 },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** One of these JSON values with some of its nodes replaced, dropped or doubled. */
export const damagedJson = (...values: unknown[]) =>
  fc
    .tuple(
      fc.constantFrom(...values),
      fc.array(
        fc.record({ path: fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 }), value: oddValue, kind: fc.constantFrom("replace", "drop", "double") }),
        { minLength: 1, maxLength: 3 },
      ),
    )
    .map(([value, edits]) => {
      const copy = structuredClone(value);
      for (const { path, value, kind } of edits) edit(copy, path, value, kind);
      return copy;
    });

function edit(root: unknown, path: number[], value: unknown, kind: string): void {
  let node = root;
  for (const [depth, choice] of path.entries()) {
    if (typeof node !== "object" || node === null) return;
    const keys = Object.keys(node);
    if (keys.length === 0) return;
    const key = keys[choice % keys.length]!;
    const object = node as Record<string, unknown>;
    if (depth < path.length - 1 && typeof object[key] === "object" && object[key] !== null) {
      node = object[key];
      continue;
    }
    if (kind === "replace") object[key] = structuredClone(value);
    else if (kind === "drop") Array.isArray(node) ? node.splice(choice % keys.length, 1) : delete object[key];
    else object[`${key}2`] = object[key];
    return;
  }
}

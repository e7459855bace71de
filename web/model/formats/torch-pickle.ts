// The pickle of a PyTorch state dict, read without running anything: only the opcodes that torch.save writes for one, and only
// the names of tensors and their storages. What else a pickle can do (call functions, import modules) is refused.
import { VariorumError } from "../../api/errors";
import type { ChunkReader } from "./chunk-reader";
import { isCount, shown } from "./json";

/** Numbers laid out one after the other, that tensors are views of. */
export interface TorchStorage {
  key: string;
  /** As in safetensors. */
  dtype: string;
  elementBytes: number;
  elements: number;
}

/** A view of a storage: `offset` and `strides` count elements. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

/** More than any state dict's pickle takes: a hundred bytes for each tensor are usual. */
const maxBytes = 4 << 20;

const storageTypes: Record<string, [dtype: string, elementBytes: number]> = {
  FloatStorage: ["F32", 4],
  HalfStorage: ["F16", 2],
  BFloat16Storage: ["BF16", 2],
  DoubleStorage: ["F64", 8],
  ByteStorage: ["U8", 1],
  CharStorage: ["I8", 1],
  BoolStorage: ["BOOL", 1],
  ShortStorage: ["I16", 2],
  IntStorage: ["I32", 4],
  LongStorage: ["I64", 8],
};

/** What GLOBAL may name. */
class Global {
  constructor(readonly name: string) {}
}
const rebuildTensor = "torch._utils._rebuild_tensor_v2";
const rebuildParameter = "torch._utils._rebuild_parameter";
const orderedDict = "collections.OrderedDict";
const globals = new Map(
  [rebuildTensor, rebuildParameter, orderedDict, ...Object.keys(storageTypes).map((type) => `torch.${type}`)].map((name) => [name, new Global(name)]),
);

/** What a pickle can hold here: numbers, strings, tuples and lists (arrays), dicts (maps), globals, storages, tensors. */
type Value = unknown;

const isCounts = (value: Value): value is number[] => Array.isArray(value) && value.every(isCount);

/** Reads one pickle, up to and with its STOP. bad-shard. */
export class Unpickler {
  #file: string;
  #reader: ChunkReader;
  #stack: Value[] = [];
  /** Where the marks stand in the stack. */
  #marks: number[] = [];
  #memo = new Map<number, Value>();

  constructor(file: string, reader: ChunkReader) {
    this.#file = file;
    this.#reader = reader;
  }

  async load(): Promise<Value> {
    const end = this.#reader.position + maxBytes;
    for (let opcode; (opcode = String.fromCharCode(await this.#reader.byte())) !== "."; ) {
      if (this.#reader.position > end) this.#bad("its pickle is far larger than a state dict's.");
      await this.#run(opcode);
    }
    return this.#pop();
  }

  async #run(opcode: string): Promise<void> {
    const push = (value: Value) => this.#stack.push(value);
    switch (opcode) {
      case "\x80": {
        // PROTO
        const protocol = await this.#reader.byte();
        if (protocol !== 2) this.#bad(`its pickle is of protocol ${protocol}, where torch.save writes 2.`);
        return;
      }
      case "}":
        return void push(new Map());
      case "]":
      case ")":
        return void push([]);
      case "(":
        return void this.#marks.push(this.#stack.length);
      case "N":
        return void push(null);
      case "\x88":
        return void push(true);
      case "\x89":
        return void push(false);
      case "K":
        return void push(await this.#reader.byte()); // BININT1
      case "M":
        return void push((await this.#view(2)).getUint16(0, true)); // BININT2
      case "J":
        return void push((await this.#view(4)).getInt32(0, true)); // BININT
      case "G":
        return void push((await this.#view(8)).getFloat64(0)); // BINFLOAT
      case "\x8a":
        return void push(await this.#long());
      case "X":
        return void push(await this.#text((await this.#view(4)).getUint32(0, true))); // BINUNICODE
      case "c":
        return void push(await this.#global());
      case "q":
        return void this.#memo.set(await this.#reader.byte(), this.#top()); // BINPUT
      case "r":
        return void this.#memo.set((await this.#view(4)).getUint32(0, true), this.#top()); // LONG_BINPUT
      case "h":
        return void push(this.#remembered(await this.#reader.byte())); // BINGET
      case "j":
        return void push(this.#remembered((await this.#view(4)).getUint32(0, true))); // LONG_BINGET
      case "t":
        return void push(this.#sinceMark()); // TUPLE
      case "\x85":
        return void push([this.#pop()]);
      case "\x86":
        return void push([this.#pop(), this.#pop()].reverse());
      case "\x87":
        return void push([this.#pop(), this.#pop(), this.#pop()].reverse());
      case "a":
        return this.#append([this.#pop()]);
      case "e":
        return this.#append(this.#sinceMark());
      case "s":
        return this.#setItems([this.#pop(), this.#pop()].reverse());
      case "u":
        return this.#setItems(this.#sinceMark());
      case "b":
        return void this.#pop(); // BUILD: attributes of the dict, such as _metadata, which nobody needs
      case "Q":
        return void push(this.#storage(this.#pop())); // BINPERSID
      case "R":
        return this.#reduce();
      default:
        this.#bad(`its pickle has the opcode 0x${opcode.charCodeAt(0).toString(16)}, which no state dict needs.`);
    }
  }

  /** REDUCE: the only "calls" are of these three names. */
  #reduce(): void {
    const [args, callee] = [this.#pop(), this.#pop()];
    const name = callee instanceof Global ? callee.name : null;
    if (name === orderedDict && Array.isArray(args) && args.length === 0) this.#stack.push(new Map());
    else if (name === rebuildTensor && Array.isArray(args)) this.#stack.push(this.#tensor(args));
    else if (name === rebuildParameter && Array.isArray(args) && args[0] instanceof TorchTensor) this.#stack.push(args[0]);
    else this.#bad("its pickle builds something else than tensors.");
  }

  #tensor([storage, offset, shape, strides]: Value[]): TorchTensor {
    if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length || shape.length > 8) {
      this.#bad("a tensor in its pickle is malformed.");
    }
    const elements = shape.reduce((product, extent) => product * extent, 1);
    const last = shape.reduce((sum, extent, i) => sum + (extent - 1) * strides[i]!, offset);
    if (elements > storage.elements || (elements > 0 && last >= storage.elements)) this.#bad("a tensor in its pickle is larger than its storage.");
    return new TorchTensor(storage, offset, shape, strides);
  }

  /** ("storage", type, key, location, elements), and in old files a view, which is none. */
  #storage(id: Value): TorchStorage {
    const [kind, type, key, , elements, view] = Array.isArray(id) ? id : [];
    const known = type instanceof Global && type.name.startsWith("torch.") ? storageTypes[type.name.slice("torch.".length)] : undefined;
    if (kind !== "storage" || !known || typeof key !== "string" || !isCount(elements) || (view ?? null) !== null) {
      this.#bad("a storage in its pickle is malformed.");
    }
    return { key, dtype: known[0], elementBytes: known[1], elements };
  }

  async #global(): Promise<Global> {
    const name = `${await this.#line()}.${await this.#line()}`;
    const known = globals.get(name);
    if (!known)
      this.#bad(`its pickle names ${shown(name)}, which no state dict needs: convert the checkpoint to safetensors with a tool that you trust it to.`);
    return known;
  }

  async #line(): Promise<string> {
    let line = "";
    for (let code; (code = await this.#reader.byte()) !== 10; ) {
      if (line.length > 200) this.#bad("its pickle is damaged.");
      line += String.fromCharCode(code);
    }
    return line;
  }

  /** LONG1: little-endian two's complement. */
  async #long(): Promise<number> {
    const bytes = await this.#reader.exactly(await this.#reader.byte());
    const value = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
    return bytes.length > 0 && bytes.at(-1)! >= 128 ? value - 256 ** bytes.length : value;
  }

  async #text(length: number): Promise<string> {
    if (length > maxBytes) this.#bad("its pickle is damaged.");
    return new TextDecoder().decode(await this.#reader.exactly(length));
  }

  async #view(bytes: number): Promise<DataView> {
    return new DataView((await this.#reader.exactly(bytes)).buffer);
  }

  #append(values: Value[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) this.#bad("its pickle is damaged.");
    for (const value of values) list.push(value);
  }

  #setItems(pairs: Value[]): void {
    const map = this.#top();
    if (!(map instanceof Map) || pairs.length % 2 !== 0) this.#bad("its pickle is damaged.");
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  }

  #sinceMark(): Value[] {
    const mark = this.#marks.pop();
    if (mark === undefined || mark > this.#stack.length) this.#bad("its pickle is damaged.");
    return this.#stack.splice(mark);
  }

  #remembered(index: number): Value {
    if (!this.#memo.has(index)) this.#bad("its pickle is damaged.");
    return this.#memo.get(index);
  }

  #top(): Value {
    if (this.#stack.length === 0) this.#bad("its pickle is damaged.");
    return this.#stack.at(-1);
  }

  #pop(): Value {
    if (this.#stack.length === 0) this.#bad("its pickle is damaged.");
    return this.#stack.pop();
  }

  #bad(message: string): never {
    throw new VariorumError("bad-shard", `${this.#file}: ${message}`);
  }
}

function isStorage(value: Value): value is TorchStorage {
  return typeof value === "object" && value !== null && "elementBytes" in value;
}

// The storages of a PyTorch state dict as they stream by, cut into the tensors that are views of them.
import { VariorumError } from "../../api/errors";
import type { ChunkReader } from "./chunk-reader";
import { shown } from "./json";
import { TensorNames } from "./names";
import type { TensorEntry, TensorSink } from "./safetensors";
import { type TorchStorage, TorchTensor } from "./torch-pickle";

interface View {
  name: string;
  tensor: TorchTensor;
}

const elementsOf = ({ shape }: TorchTensor) => shape.reduce((product, extent) => product * extent, 1);

/** Whether a tensor's elements lie one after the other, in order. */
function isContiguous(tensor: TorchTensor): boolean {
  let stride = 1;
  for (let axis = tensor.shape.length - 1; axis >= 0; axis--) {
    if (tensor.shape[axis] !== 1 && tensor.strides[axis] !== stride) return false;
    stride *= tensor.shape[axis]!;
  }
  return true;
}

export class StorageReader {
  #file: string;
  #reader: ChunkReader;
  #sink: TensorSink;
  /** What stands in front of all names (names.ts). */
  readonly wrapper: string;
  #storages = new Map<string, { storage: TorchStorage; views: View[]; read: boolean }>();

  /** `stateDict`: names to tensors. bad-shard if it is something else. */
  constructor(file: string, reader: ChunkReader, stateDict: unknown, needs: (name: string) => boolean, sink: TensorSink) {
    this.#file = file;
    this.#reader = reader;
    this.#sink = sink;
    const entries = [...(stateDict instanceof Map ? (stateDict as Map<unknown, unknown>) : [])].filter(
      (entry): entry is [string, TorchTensor] => typeof entry[0] === "string" && entry[1] instanceof TorchTensor,
    );
    const names = new TensorNames(entries.map(([name]) => name));
    this.wrapper = names.wrapper;
    for (const [given, tensor] of entries) {
      const name = names.canonical(given);
      const { storage } = tensor;
      const known = this.#storages.get(storage.key) ?? { storage, views: [], read: false };
      if (known.storage.dtype !== storage.dtype || known.storage.elements !== storage.elements)
        this.#bad("its tensors do not agree about their storages: it is damaged.");
      this.#storages.set(storage.key, known);
      if (needs(name)) known.views.push({ name, tensor });
    }
    if (this.#storages.size === 0) {
      const nested = [...(stateDict instanceof Map ? (stateDict as Map<unknown, unknown>) : [])].find(
        ([, value]) => value instanceof Map && [...value.values()].some((tensor) => tensor instanceof TorchTensor),
      );
      this.#bad(
        nested
          ? `it is a training checkpoint, whose weights stand under ${shown(nested[0])}: save that part alone, or the model with save_pretrained.`
          : "it holds no tensors: it is not a state dict.",
      );
    }
    for (const { views } of this.#storages.values()) views.sort((a, b) => a.tensor.offset - b.tensor.offset);
  }

  has(key: string): boolean {
    return this.#storages.has(key);
  }

  elements(key: string): number {
    return this.#storages.get(key)!.storage.elements;
  }

  /** Takes the next bytes of the stream as this storage. */
  async read(key: string): Promise<void> {
    const known = this.#storages.get(key)!;
    known.read = true;
    const { storage, views } = known;
    const { elements, elementBytes } = storage;
    let at = 0;
    const inOrder = views.every(({ tensor }) => {
      const fits = isContiguous(tensor) && tensor.offset >= at;
      at = tensor.offset + elementsOf(tensor);
      return fits;
    });
    if (!inOrder) return this.#cut(views, await this.#reader.exactly(elements * elementBytes), elementBytes);
    at = 0;
    for (const { name, tensor } of views) {
      await this.#reader.skip((tensor.offset - at) * elementBytes);
      let missing = elementsOf(tensor) * elementBytes;
      for (let place = this.#sink.stage(entryOf(name, tensor)); place; place = this.#sink.commit()) {
        await this.#reader.fill(place);
        missing -= place.length;
      }
      await this.#reader.skip(missing);
      at = tensor.offset + elementsOf(tensor);
    }
    await this.#reader.skip((elements - at) * elementBytes);
  }

  /** bad-shard if the storage of a tensor that is needed was not read. */
  checkComplete(): void {
    for (const { views, read } of this.#storages.values()) {
      if (views.length > 0 && !read) this.#bad(`the numbers of tensor ${shown(views[0]!.name)} are missing: it is damaged.`);
    }
  }

  /** Views that overlap, or whose elements are not in order (a transposed matrix): out of the whole storage. */
  #cut(views: View[], storage: Uint8Array, elementBytes: number): void {
    for (const { name, tensor } of views) {
      const bytes = isContiguous(tensor)
        ? storage.subarray(tensor.offset * elementBytes, (tensor.offset + elementsOf(tensor)) * elementBytes)
        : inRowOrder(tensor, storage, elementBytes);
      let at = 0;
      for (let place = this.#sink.stage(entryOf(name, tensor)); place; place = this.#sink.commit()) {
        place.set(bytes.subarray(at, at + place.length));
        at += place.length;
      }
    }
  }

  #bad(message: string): never {
    throw new VariorumError("bad-shard", `${this.#file}: ${message}`);
  }
}

function entryOf(name: string, tensor: TorchTensor): TensorEntry {
  const { dtype, elementBytes } = tensor.storage;
  return { name, dtype, shape: tensor.shape, begin: 0, end: elementsOf(tensor) * elementBytes };
}

/** A copy of a tensor's elements, the last axis fastest. */
function inRowOrder({ offset, shape, strides }: TorchTensor, storage: Uint8Array, elementBytes: number): Uint8Array {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const out = new Uint8Array(count * elementBytes);
  const index = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < count; i++) {
    for (let b = 0; b < elementBytes; b++) out[i * elementBytes + b] = storage[from * elementBytes + b]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

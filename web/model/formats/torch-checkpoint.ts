// pytorch_model.bin: what torch.save writes. Read in one pass from front to back, so that any source can carry it and no more
// of it than one storage has to be in memory.
//
// Since PyTorch 1.6 it is a zip of stored members: NAME/data.pkl first, the pickle of the state dict, then NAME/data/KEY for
// each storage. PyTorch leaves sizes out of the members' headers; they follow from the pickle. Before, it was a sequence of
// pickles (magic number, protocol, system, state dict, keys) and then the storages, each after its number of elements.
import { VariorumError } from "../../api/errors";
import type { ByteStream } from "../transfer/source";
import { ChunkReader } from "./chunk-reader";
import { refusePointer } from "./foreign";
import { shown } from "./json";
import type { TensorSink } from "./safetensors";
import { Unpickler } from "./torch-pickle";
import { StorageReader } from "./torch-storage";

const localHeader = 0x04034b50;
const dataDescriptor = 0x08074b50;
const centralHeader = 0x02014b50;
const zip64End = 0x06064b50;
const zip64Locator = 0x07064b50;
const endOfDirectory = 0x06054b50;
/** What the 10-byte magic number of the older format begins with, as a pickle. */
const oldMagic = 0x0a8a0280;
const oldMagicRest = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/** Members that are neither the pickle nor a storage are notes of a few bytes. */
const maxNoteBytes = 1 << 20;
const maxMembers = 100_000;

interface Member {
  name: string;
  offset: number;
  /** Of its data; null if the header leaves it to the data descriptor. */
  bytes: number | null;
  zip64: boolean;
}

/**
 * Streams the tensors that `needs` asks for into `sink`, both by canonical names; resolves to the wrapper that was taken off the
 * checkpoint's own. bad-shard if the file is not a state dict, or damaged, or ends early.
 */
export async function readTorchTensors(file: string, stream: ByteStream, needs: (name: string) => boolean, sink: TensorSink): Promise<string> {
  const reader = new ChunkReader(file, stream);
  try {
    return await new TorchReader(file, reader, needs, sink).read();
  } finally {
    await reader.close();
  }
}

class TorchReader {
  #file: string;
  #reader: ChunkReader;
  #needs: (name: string) => boolean;
  #sink: TensorSink;

  constructor(file: string, reader: ChunkReader, needs: (name: string) => boolean, sink: TensorSink) {
    this.#file = file;
    this.#reader = reader;
    this.#needs = needs;
    this.#sink = sink;
  }

  async read(): Promise<string> {
    const start = await this.#reader.exactly(4);
    refusePointer(this.#file, start);
    const signature = new DataView(start.buffer).getUint32(0, true);
    let storages: StorageReader;
    if (signature === localHeader) storages = await this.#zip();
    else if (signature === oldMagic) storages = await this.#sequence();
    else this.#bad("it is not a checkpoint of PyTorch's, or it is damaged.");
    if (await this.#reader.some(1)) this.#bad("it has bytes after its end: it is damaged.");
    return storages.wrapper;
  }

  async #zip(): Promise<StorageReader> {
    let storages: StorageReader | null = null;
    let directory = "";
    const members: Member[] = [];
    let signature = localHeader;
    for (; signature === localHeader; signature = await this.#uint32()) {
      const member = await this.#member();
      if (members.push(member) > maxMembers) this.#bad("it has more members than a checkpoint has.");
      const begin = this.#reader.position;
      const key = directory && member.name.startsWith(`${directory}data/`) ? member.name.slice(`${directory}data/`.length) : null;
      if (!storages && /^[^/]+\/data\.pkl$/.test(member.name)) {
        storages = await this.#stateDict();
        directory = member.name.slice(0, -"data.pkl".length);
      } else if (!storages && /^[^/]+\/data\//.test(member.name)) {
        this.#bad("its data.pkl stands after the tensors: save the checkpoint again with torch.save.");
      } else if (key !== null && storages?.has(key)) {
        await storages.read(key);
      } else {
        const note = await this.#note(member);
        if (member.name === `${directory}byteorder` && !new TextDecoder().decode(note).startsWith("little"))
          this.#bad("it was written on a big-endian machine, which is not supported.");
        if (member.bytes === null) {
          member.bytes = note.length;
          continue;
        }
      }
      await this.#endMember(member, this.#reader.position - begin);
    }
    if (!storages) this.#bad("it has no data.pkl: it is not a checkpoint of PyTorch's.");
    await this.#directory(members, signature);
    storages.checkComplete();
    return storages;
  }

  /** A member's header, after its signature. */
  async #member(): Promise<Member> {
    const offset = this.#reader.position - 4;
    const header = await this.#view(26);
    const flags = header.getUint16(2, true);
    const name = new TextDecoder().decode(await this.#reader.exactly(header.getUint16(22, true)));
    const extra = await this.#view(header.getUint16(24, true));
    if (header.getUint16(4, true) !== 0 || (flags & 1) !== 0)
      this.#bad(`${shown(name)} in it is compressed or encrypted: save the checkpoint again with torch.save.`);
    let bytes: number | null = header.getUint32(18, true);
    const zip64 = zip64Field(extra);
    if (bytes === 0xffffffff && zip64 && zip64.byteLength >= 8) bytes = Number(zip64.getBigUint64(0, true));
    if ((flags & 8) !== 0) bytes = null;
    return { name, offset, bytes, zip64: zip64 !== null };
  }

  /** The bytes of a member whose meaning is not known; with its data descriptor, if its size is not known before. */
  async #note({ name, bytes, zip64 }: Member): Promise<Uint8Array> {
    if (bytes !== null) {
      if (bytes > maxNoteBytes) this.#bad(`${shown(name)} in it belongs to no tensor.`);
      return this.#reader.exactly(bytes);
    }
    const tail = zip64 ? 24 : 16;
    const seen: number[] = [];
    for (;;) {
      seen.push(await this.#reader.byte());
      const size = seen.length - tail;
      if (size > maxNoteBytes) this.#bad(`${shown(name)} in it belongs to no tensor.`);
      if (size >= 0 && seen[size] === 0x50 && seen[size + 1] === 0x4b && this.#describes(new DataView(Uint8Array.from(seen.slice(size)).buffer), size)) {
        return Uint8Array.from(seen.slice(0, size));
      }
    }
  }

  /** After a member's data, of which `bytes` were read: its data descriptor, if it has one. */
  async #endMember(member: Member, bytes: number): Promise<void> {
    const right = member.bytes === null ? this.#describes(await this.#view(member.zip64 ? 24 : 16), bytes) : member.bytes === bytes;
    if (!right) this.#bad(`${shown(member.name)} in it has not the size that its tensors need: it is damaged.`);
    member.bytes = bytes;
  }

  /** Whether this is the data descriptor (signature, CRC-32, stored size, size) of a member of `bytes`. */
  #describes(view: DataView, bytes: number): boolean {
    if (view.getUint32(0, true) !== dataDescriptor) return false;
    if (view.byteLength === 16) return view.getUint32(8, true) === bytes && view.getUint32(12, true) === bytes;
    return view.getBigUint64(8, true) === BigInt(bytes) && view.getBigUint64(16, true) === BigInt(bytes);
  }

  /** The central directory, which must list what was read, up to its end. */
  async #directory(members: Member[], signature: number): Promise<void> {
    const wrong = "its directory does not match its contents: it is damaged.";
    let count = 0;
    for (; signature === centralHeader; signature = await this.#uint32()) {
      const header = await this.#view(42);
      const name = new TextDecoder().decode(await this.#reader.exactly(header.getUint16(24, true)));
      await this.#reader.skip(header.getUint16(26, true) + header.getUint16(28, true));
      const member = members[count++];
      const same = (value: number, expected: number) => value === 0xffffffff || value === expected;
      if (member?.name !== name || !same(header.getUint32(20, true), member.bytes!) || !same(header.getUint32(38, true), member.offset)) this.#bad(wrong);
    }
    if (signature === zip64End) {
      const rest = Number((await this.#view(8)).getBigUint64(0, true));
      if (rest > maxNoteBytes) this.#bad(wrong);
      await this.#reader.skip(rest);
      signature = await this.#uint32();
    }
    if (signature === zip64Locator) {
      await this.#reader.skip(16);
      signature = await this.#uint32();
    }
    if (signature !== endOfDirectory || count !== members.length) this.#bad(wrong);
    const end = await this.#view(18);
    await this.#reader.skip(end.getUint16(16, true)); // a comment
  }

  /** The older format, after the beginning of its magic number. */
  async #sequence(): Promise<StorageReader> {
    const rest = await this.#reader.exactly(oldMagicRest.length);
    if (!oldMagicRest.every((byte, i) => rest[i] === byte)) this.#bad("it is not a checkpoint of PyTorch's, or it is damaged.");
    if ((await this.#pickle()) !== 1001) this.#bad("it is of a version of PyTorch's format that is not supported.");
    const system = await this.#pickle();
    if (!(system instanceof Map) || system.get("little_endian") !== true) this.#bad("it was written on a big-endian machine, which is not supported.");
    const storages = await this.#stateDict();
    const keys = await this.#pickle();
    if (!Array.isArray(keys)) this.#bad("its list of storages is damaged.");
    for (const key of keys) {
      if (typeof key !== "string" || !storages.has(key)) this.#bad("its list of storages is damaged.");
      const elements = (await this.#view(8)).getBigInt64(0, true);
      if (elements !== BigInt(storages.elements(key))) this.#bad(`storage ${shown(key)} in it has not the size that its tensors need: it is damaged.`);
      await storages.read(key);
    }
    storages.checkComplete();
    return storages;
  }

  async #stateDict(): Promise<StorageReader> {
    return new StorageReader(this.#file, this.#reader, await this.#pickle(), this.#needs, this.#sink);
  }

  #pickle(): Promise<unknown> {
    return new Unpickler(this.#file, this.#reader).load();
  }

  async #uint32(): Promise<number> {
    return (await this.#view(4)).getUint32(0, true);
  }

  async #view(bytes: number): Promise<DataView> {
    return new DataView((await this.#reader.exactly(bytes)).buffer);
  }

  #bad(message: string): never {
    throw new VariorumError("bad-shard", `${this.#file}: ${message}`);
  }
}

/** The zip64 field (id 1) of a header's extra data. */
function zip64Field(extra: DataView): DataView | null {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const size = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === 1 && at + 4 + size <= extra.byteLength) return new DataView(extra.buffer, at + 4, size);
    at += 4 + size;
  }
  return null;
}

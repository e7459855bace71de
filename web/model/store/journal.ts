// Which bytes of a weight file are there: for each block how many from its beginning. Little-endian:
//
//    0  u32  mark
//    4  u32  bytes per block
//    8  f64  bytes of the file, −1 if unknown
//   16  32 B hash of the file's version
//   48  32 B SHA-256 of the complete file, zeros before
//   80  u32  bytes that are there, for each block
import { toHex } from "../transfer/sha256";

const mark = 0x314d5256; // "VRM1"
const headBytes = 80;

export class Journal {
  #blockBytes: number;
  #bytes: number | null;
  #version: string;
  #sha256: string | null = null;
  #have: number[] = [];

  /** Of a file of which nothing is there. `version`: 64 hex digits. */
  constructor(blockBytes: number, bytes: number | null, version: string) {
    this.#blockBytes = blockBytes;
    this.#bytes = bytes;
    this.#version = version;
  }

  /** Null if it is none, or damaged. */
  static parse(data: Uint8Array): Journal | null {
    if (data.length < headBytes || data.length % 4 !== 0) return null;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const bytes = view.getFloat64(8, true);
    if (view.getUint32(0, true) !== mark || !Number.isSafeInteger(bytes)) return null;
    const journal = new Journal(view.getUint32(4, true), bytes < 0 ? null : bytes, toHex(data.subarray(16, 48)));
    const digest = toHex(data.subarray(48, 80));
    if (!/^0+$/.test(digest)) journal.#sha256 = digest;
    for (let at = headBytes; at < data.length; at += 4) journal.#have.push(view.getUint32(at, true));
    return journal;
  }

  get bytes(): number | null {
    return this.#bytes;
  }

  /** Of the complete file; null before. */
  get sha256(): string | null {
    return this.#sha256;
  }

  /** Bytes that are there. */
  get total(): number {
    return this.#have.reduce((sum, count) => sum + count, 0);
  }

  /** Whether what this says is of use to someone who wants the file of `wanted`. */
  fits(wanted: Journal): boolean {
    return this.#blockBytes === wanted.#blockBytes && this.#version === wanted.#version && (wanted.#bytes === null || this.#bytes === wanted.#bytes);
  }

  /** The same file's, with nothing there. */
  begun(): Journal {
    return new Journal(this.#blockBytes, this.#bytes, this.#version);
  }

  have(index: number): number {
    return this.#have[index] ?? 0;
  }

  /** Notes bytes that were written; what of the encoded journal has changed. */
  wrote(at: number, count: number): { offset: number; bytes: Uint8Array }[] {
    const changes: { offset: number; bytes: Uint8Array }[] = [];
    for (const end = at + count; at < end; ) {
      const index = Math.floor(at / this.#blockBytes);
      const until = Math.min(end, (index + 1) * this.#blockBytes);
      while (this.#have.length < index) this.#have.push(0);
      this.#have[index] = until - index * this.#blockBytes;
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, this.#have[index], true);
      changes.push({ offset: headBytes + 4 * index, bytes });
      at = until;
    }
    return changes;
  }

  complete(bytes: number, sha256: string): void {
    this.#bytes = bytes;
    this.#sha256 = sha256;
  }

  /** With all its entries, if the file's length is known: what `wrote` changes later needs no further room. */
  encode(): Uint8Array {
    const blocks = Math.max(this.#have.length, Math.ceil((this.#bytes ?? 0) / this.#blockBytes));
    const data = new Uint8Array(headBytes + 4 * blocks);
    const view = new DataView(data.buffer);
    view.setUint32(0, mark, true);
    view.setUint32(4, this.#blockBytes, true);
    view.setFloat64(8, this.#bytes ?? -1, true);
    data.set(fromHex(this.#version), 16);
    if (this.#sha256) data.set(fromHex(this.#sha256), 48);
    this.#have.forEach((count, i) => view.setUint32(headBytes + 4 * i, count, true));
    return data;
  }
}

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

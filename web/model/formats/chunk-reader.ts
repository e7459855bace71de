// Numbers of bytes out of a stream of chunks of any size.
import { VariorumError } from "../../api/errors";
import type { ByteStream } from "../transfer/source";

export class ChunkReader {
  #file: string;
  #chunks: AsyncIterator<Uint8Array>;
  #current = new Uint8Array(0);
  #position = 0;

  /** `file`: its name, for errors. */
  constructor(file: string, stream: ByteStream) {
    this.#file = file;
    this.#chunks = stream.chunks[Symbol.asyncIterator]();
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  /** Some bytes, at most `limit` (not 0); null at the end of the stream. */
  async some(limit: number): Promise<Uint8Array | null> {
    while (this.#current.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#current = value as Uint8Array<ArrayBuffer>;
    }
    const part = this.#current.subarray(0, limit);
    this.#current = this.#current.subarray(part.length);
    this.#position += part.length;
    return part;
  }

  /** Exactly `count` bytes, gathered as they come, so that a lying length costs no memory. bad-shard if there are fewer. */
  async exactly(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    await this.#pass(count, (part) => parts.push(part));
    const all = new Uint8Array(count);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Fills `place`. bad-shard if the stream ends before. */
  async fill(place: Uint8Array): Promise<void> {
    let at = 0;
    await this.#pass(place.length, (part) => {
      place.set(part, at);
      at += part.length;
    });
  }

  /** bad-shard if the stream ends before. */
  async skip(count: number): Promise<void> {
    await this.#pass(count, () => {});
  }

  async byte(): Promise<number> {
    const part = await this.some(1);
    if (!part) throw this.#truncated();
    return part[0]!;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #pass(count: number, take: (part: Uint8Array) => void): Promise<void> {
    for (let missing = count; missing > 0; ) {
      const part = await this.some(missing);
      if (!part) throw this.#truncated();
      take(part);
      missing -= part.length;
    }
  }

  #truncated(): VariorumError {
    return new VariorumError("bad-shard", `${this.#file} ends before all of its tensors: it is truncated. Fetch or copy it again.`);
  }
}

// Weight files on their way in: several blocks at once, what storage has from there, the rest over the network, handed on in
// order. Memory holds no more than a few blocks ahead of the reader.
import { abortError } from "../../api/errors";
import { FileStream } from "./file-stream";
import type { Keeping, KeptFile } from "./keeping";
import type { ProgressMeter } from "./progress";
import { type RetryPolicy, standardPolicy } from "./retry";
import type { FileDescription, ModelSource } from "./source";

export interface WeightFile extends FileDescription {
  file: string;
}

export interface TransferOptions {
  /** Connections at a time. */
  parallel: number;
  /** A larger file is fetched in blocks of so many bytes. */
  blockBytes: number;
  /** Bytes held ahead of the reader; a larger file that is read whole is let in alone. */
  aheadBytes: number;
  /** A file up to this size is held whole, to be verified before any of it is used. */
  wholeBytes: number;
  policy: RetryPolicy;
}

export const standardTransfer: TransferOptions = {
  parallel: 4,
  blockBytes: 4 << 20,
  aheadBytes: 12 << 20,
  wholeBytes: 12 << 20,
  policy: standardPolicy,
};

interface Block {
  at: number;
  place: Uint8Array<ArrayBuffer>;
  /** How many bytes of it there are, when they are. */
  filled: Promise<number>;
}

/** A file that is coming in. Read it once, by `whole` or by `chunks`. */
export class IncomingFile {
  /** Whether its bytes come in one piece: not those of a large file, or one of unknown length. */
  readonly isWhole: boolean;
  /** That piece, once there is room for it. */
  buffer: Uint8Array<ArrayBuffer> | null = null;
  readonly blocks = new Queue<Block>();
  kept: KeptFile | null = null;
  /** How many of its bytes came from storage. */
  cached = 0;

  constructor(
    readonly description: WeightFile,
    private readonly transfer: Transfer,
    wholeBytes: number,
  ) {
    const { exact, bytes } = description;
    this.isWhole = exact && bytes !== null && bytes <= wholeBytes;
  }

  /** All of a file that comes in one piece. */
  async whole(): Promise<Uint8Array<ArrayBuffer>> {
    for (let block; (block = await this.transfer.watch(this.blocks.next())); ) await this.transfer.watch(block.filled);
    return this.buffer!;
  }

  /** The bytes in order; each chunk is valid until the next is asked for. */
  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let block; (block = await this.transfer.watch(this.blocks.next())); ) {
      const count = await this.transfer.watch(block.filled);
      yield block.place.subarray(0, count);
      this.transfer.release(block.place);
    }
  }

  /** Fetches a file that comes in one piece once more, past every cache: it was damaged. */
  refetch(): Promise<void> {
    return this.transfer.refetch(this);
  }

  /** The file has been read and is what it should be. */
  async complete(bytes: number, sha256: string): Promise<void> {
    await this.kept?.complete(bytes, sha256);
    this.kept?.close();
    if (this.buffer) this.transfer.release(this.buffer);
    this.buffer = null;
  }
}

export class Transfer {
  #source: ModelSource;
  #keeper: Keeping;
  #meter: ProgressMeter;
  #options: TransferOptions & { fresh: boolean };
  #abort = new AbortController();
  #failure: unknown = null;
  /** Connections that broke and are not yet back. */
  #inTrouble = 0;
  #slots: Slots;
  #memory: Memory;
  #incoming: IncomingFile[] = [];

  constructor(source: ModelSource, keeper: Keeping, meter: ProgressMeter, options: TransferOptions & { fresh: boolean }, signal?: AbortSignal) {
    this.#source = source;
    this.#keeper = keeper;
    this.#meter = meter;
    this.#options = { ...options, blockBytes: keeper.blockBytes ?? options.blockBytes };
    this.#slots = new Slots(options.parallel);
    this.#memory = new Memory(options.aheadBytes);
    if (signal?.aborted) this.#fail(abortError());
    signal?.addEventListener("abort", () => this.#fail(abortError()), { once: true });
  }

  /** Begins with the first of `files` and follows with the others; they have to be read in this order. */
  start(files: readonly WeightFile[]): IncomingFile[] {
    this.#incoming = files.map((file) => new IncomingFile(file, this, this.#options.wholeBytes));
    if (this.#failure) this.#fail(this.#failure);
    void (async () => {
      for (const file of this.#incoming) await this.#produce(file);
    })().catch((error: unknown) => this.#fail(error));
    return this.#incoming;
  }

  /** Stops what is under way; what has arrived stays in storage. */
  stop(): void {
    this.#fail(abortError());
    for (const { kept } of this.#incoming) kept?.close();
  }

  /** A promise of this transfer, which rejects with what the transfer failed with, wherever that was. */
  async watch<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  release(place: Uint8Array<ArrayBuffer>): void {
    this.#memory.give(place);
  }

  async refetch({ description, buffer, kept, cached }: IncomingFile): Promise<void> {
    this.#meter.retract(buffer!.length, cached);
    await kept?.reset();
    const stream = this.#stream(description, { fresh: true });
    try {
      await this.watch(stream.fill(0, buffer!, this.#arrived(kept)));
      const { blockBytes } = this.#options;
      for (let at = 0; at < buffer!.length; at += blockBytes) await kept?.seal(at / blockBytes, buffer!.subarray(at, at + blockBytes));
    } finally {
      stream.close();
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#abort.abort();
    for (const { blocks } of this.#incoming) blocks.fail(this.#failure);
    this.#memory.end();
    this.#slots.end();
  }

  /** Lets a file's blocks in, one after the other as memory and connections allow. */
  async #produce(incoming: IncomingFile): Promise<void> {
    const { description, blocks } = incoming;
    const { blockBytes } = this.#options;
    const buffer = (incoming.buffer = incoming.isWhole ? await this.#memory.take(description.bytes!) : null);
    const kept = (incoming.kept = await this.#keeper.openFile(description));
    let total = description.exact ? description.bytes : (kept?.bytes ?? null);
    /** A single connection for block after block, where there are no ranges or the end is not known. */
    let sequential: FileStream | null = null;
    let ranged = total !== null && total <= blockBytes;
    for (let index = 0, at = 0; total === null || at < total; index++, at += blockBytes) {
      const size = total === null ? blockBytes : Math.min(blockBytes, total - at);
      const place = buffer ? buffer.subarray(at, at + size) : await this.#memory.take(size);
      const have = await this.#fromStorage(incoming, index, at, place);
      if (have === size) {
        blocks.push({ at, place, filled: Promise.resolve(size) });
        continue;
      }
      const fill = (stream: FileStream) => this.#fill(incoming, stream, index, at, place, have);
      if (sequential) {
        const filled = await fill(sequential);
        blocks.push({ at, place, filled: Promise.resolve(filled) });
        if (filled < size) break;
        continue;
      }
      await this.#slots.take();
      const alone = total !== null && total <= blockBytes;
      const stream = this.#stream(description, { bytes: total, to: alone ? undefined : at + size });
      const filled = fill(stream);
      filled.catch((error: unknown) => this.#fail(error));
      blocks.push({ at, place, filled });
      if (!ranged) {
        // What the first answer says of the file decides how the others are asked for.
        const answer = await Promise.race([stream.answered, filled.then(() => null)]);
        if (answer?.ranged && answer.bytes !== null) {
          ranged = true;
          total ??= answer.bytes;
        } else if (answer) {
          sequential = stream;
          if ((await filled) < size) break;
          continue;
        }
      } else if (at > 0) {
        // A server that stops giving ranges is asked no more for many parts of one file.
        void stream.answered.then((answer) => (ranged &&= answer?.ranged !== false));
      }
      void filled
        .finally(() => {
          stream.close();
          this.#slots.give();
        })
        .catch(() => {});
    }
    if (sequential) {
      sequential.close();
      this.#slots.give();
    }
    blocks.end();
  }

  /** Takes a block's beginning from storage; how many bytes there were. */
  async #fromStorage(incoming: IncomingFile, index: number, at: number, place: Uint8Array): Promise<number> {
    const have = Math.min(incoming.kept?.have(index) ?? 0, place.length);
    if (have === 0 || !(await incoming.kept!.read(at, place.subarray(0, have)))) return 0;
    incoming.cached += have;
    this.#meter.add(have, true);
    return have;
  }

  async #fill(incoming: IncomingFile, stream: FileStream, index: number, at: number, place: Uint8Array<ArrayBuffer>, have: number): Promise<number> {
    const { kept } = incoming;
    const filled = have + (await stream.fill(at + have, place.subarray(have), this.#arrived(kept)));
    await kept?.seal(index, place.subarray(0, filled));
    return filled;
  }

  #arrived(kept: KeptFile | null) {
    return (at: number, bytes: Uint8Array) => {
      kept?.write(at, bytes);
      this.#meter.add(bytes.length, false);
    };
  }

  #stream({ file, bytes, exact }: WeightFile, options: { bytes?: number | null; to?: number | undefined; fresh?: boolean }): FileStream {
    return new FileStream(this.#source, file, {
      policy: this.#options.policy,
      signal: this.#abort.signal,
      bytes: options.bytes ?? (exact ? bytes : null),
      to: options.to,
      // The browser's own cache would only be a second copy of what our storage keeps.
      fresh: options.fresh ?? (this.#options.fresh || this.#keeper.keeps),
      proven: () => this.#meter.fetched > 0,
      onTrouble: (inTrouble) => {
        this.#inTrouble += inTrouble ? 1 : -1;
        this.#meter.trouble(this.#inTrouble > 0 ? "retrying" : null);
      },
    });
  }
}

/** What one task adds and another one takes, in order. */
class Queue<T> {
  #items: T[] = [];
  #ended = false;
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  /** Null at the end. */
  async next(): Promise<T | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#items.length > 0) return this.#items.shift()!;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** At most so many at a time. */
class Slots {
  #waiting: (() => void)[] = [];
  #ended = false;

  constructor(private free: number) {}

  async take(): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#ended) throw abortError();
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.free++;
  }

  end(): void {
    this.#ended = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/**
 * Memory for what is on its way, used again and again. One task takes, in order; what alone exceeds the limit is let in when
 * nothing else is held.
 */
class Memory {
  #used = 0;
  #free: ArrayBuffer[] = [];
  #wake: (() => void) | null = null;
  #ended = false;

  constructor(private readonly limit: number) {}

  async take(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#used > 0 && this.#used + bytes > this.limit && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#ended) throw abortError();
    this.#used += bytes;
    const fit = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    // What is too small would stand beside its successor.
    if (fit >= 0) return new Uint8Array(this.#free.splice(fit, 1)[0]!, 0, bytes);
    this.#free.length = 0;
    return new Uint8Array(bytes);
  }

  give(place: Uint8Array<ArrayBuffer>): void {
    this.#used -= place.length;
    if (place.buffer.byteLength <= 2 * place.length) this.#free.push(place.buffer);
    this.#wake?.();
  }

  /** Nothing more is taken. What was given back is let go at once: the collector would leave it beside a running model. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
    for (const buffer of this.#free.splice(0)) buffer.transfer?.(0);
  }
}

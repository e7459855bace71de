// One file's bytes from a source, through as many connections as it takes: what has arrived is never asked for again unless
// the server has no ranges.
import { abortError, VariorumError } from "../../api/errors";
import { Patience, type RetryPolicy, TemporaryError, within } from "./retry";
import type { ByteStream, ModelSource } from "./source";

export interface FileStreamOptions {
  policy: RetryPolicy;
  signal: AbortSignal;
  /** Length of the file, if it is certain. */
  bytes: number | null;
  /** Where this stream ends, if before the file does. */
  to?: number | undefined;
  fresh: boolean;
  /** Whether the server has given anything in this load. */
  proven: () => boolean;
  /** A connection broke, and there will be another; or it is there. */
  onTrouble: (inTrouble: boolean) => void;
}

export class FileStream {
  /** The first connection's answer; null if the stream ends without one. */
  readonly answered: Promise<ByteStream | null>;
  #source: ModelSource;
  #file: string;
  #options: FileStreamOptions;
  #patience: Patience;
  #answer!: (stream: ByteStream | null) => void;
  #connection: Connection | null = null;
  /** The last answer that ended too early though it was complete: the second time it is believed. */
  #shortEnd = false;
  #inTrouble = false;

  constructor(source: ModelSource, file: string, options: FileStreamOptions) {
    this.#source = source;
    this.#file = file;
    this.#options = options;
    this.#patience = new Patience(options.policy, options.signal, options.proven);
    this.answered = new Promise((resolve) => (this.#answer = resolve));
  }

  /**
   * Fills `place` with the file's bytes from `at` on, telling of each piece as it comes. Resolves to how many there were:
   * fewer only at the end of a file whose length was not known. bad-shard, network, AbortError.
   */
  async fill(at: number, place: Uint8Array, onBytes: (at: number, bytes: Uint8Array) => void): Promise<number> {
    let have = 0;
    while (have < place.length) {
      if (this.#options.signal.aborted) throw abortError();
      try {
        if (this.#connection?.position !== at + have) await this.#connect(at + have);
        const bytes = await this.#connection!.some(place.length - have);
        if (!bytes) {
          if (this.#isEnd(at + have)) break;
          continue;
        }
        this.#patience.progress();
        this.#shortEnd = false;
        this.#trouble(false);
        place.set(bytes, have);
        onBytes(at + have, place.subarray(have, have + bytes.length));
        have += bytes.length;
      } catch (error) {
        this.#disconnect();
        this.#trouble(error instanceof TemporaryError);
        await this.#patience.afterFailure(error);
      }
    }
    return have;
  }

  close(): void {
    this.#disconnect();
    this.#trouble(false);
    this.#answer(null);
  }

  #disconnect(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  #trouble(inTrouble: boolean): void {
    if (inTrouble !== this.#inTrouble) this.#options.onTrouble(inTrouble);
    this.#inTrouble = inTrouble;
  }

  async #connect(from: number): Promise<void> {
    this.#connection?.close();
    this.#connection = null;
    const { policy, signal, bytes, fresh } = this.#options;
    // The end of the first part of a file says whether there are ranges; a stream that goes on past it asks for all the rest.
    const to = this.#options.to !== undefined && from < this.#options.to ? this.#options.to : undefined;
    const abort = new Abort(signal);
    try {
      const range = { ...(from > 0 ? { from } : {}), ...(to === undefined ? {} : { to }) };
      const stream = await within(policy.stall, this.#file, this.#source.open(this.#file, { ...range, fresh, signal: abort.signal }));
      if (!stream) throw new VariorumError("bad-shard", `The weight file ${this.#file} is missing: the model's directory is incomplete.`);
      if (stream.exact !== false && bytes !== null && stream.bytes !== null && stream.bytes !== bytes) throw this.#wrongLength(stream.bytes);
      this.#connection = new Connection(this.#file, stream, abort, policy.stall);
      this.#answer(stream);
      // Servers without ranges send the beginning again.
      while (this.#connection.position < from) {
        if (!(await this.#connection.some(from - this.#connection.position))) throw this.#wrongLength(this.#connection.position);
      }
    } catch (error) {
      abort.now();
      throw error;
    }
  }

  /** The connection has ended at `position`: whether the file has too. Throws if it should not have. */
  #isEnd(position: number): boolean {
    const { bytes, to } = this.#options;
    const { stream } = this.#connection!;
    this.#disconnect();
    if (position === bytes) return true;
    if (position === to) return false; // the first part is over: the rest is asked for next
    if (bytes === null && (stream.exact === false || stream.bytes === null || stream.bytes === position)) return true;
    if (this.#shortEnd) throw this.#wrongLength(position);
    this.#shortEnd = true;
    throw new TemporaryError(`${this.#file} ended after ${position} bytes, which are too few: try again.`);
  }

  #wrongLength(got: number): VariorumError {
    const { bytes } = this.#options;
    const expected = bytes === null ? "more were announced" : `${bytes} were expected`;
    return new VariorumError("bad-shard", `${this.#file} has ${got} bytes where ${expected}: it is truncated or of another model. Try again, or copy it anew.`);
  }
}

/** One answer of a source, read in portions. */
class Connection {
  position: number;
  #rest = new Uint8Array(0);
  #chunks: AsyncIterator<Uint8Array>;

  constructor(
    private readonly file: string,
    readonly stream: ByteStream,
    private readonly abort: Abort,
    private readonly stall: number,
  ) {
    this.position = stream.from ?? 0;
    this.#chunks = stream.chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, at most `limit`; null at the end. */
  async some(limit: number): Promise<Uint8Array | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await within(this.stall, this.file, this.#chunks.next());
      if (done) return null;
      this.#rest = value as Uint8Array<ArrayBuffer>;
    }
    const bytes = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  close(): void {
    this.abort.now();
    void this.#chunks.return?.().catch(() => {});
  }
}

/** A signal of one's own that follows another one. */
class Abort {
  #controller = new AbortController();
  #follow = () => this.now();

  constructor(private readonly outer: AbortSignal) {
    if (outer.aborted) this.now();
    else outer.addEventListener("abort", this.#follow);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  now(): void {
    this.outer.removeEventListener("abort", this.#follow);
    this.#controller.abort();
  }
}

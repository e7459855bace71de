// Where a model's files come from. Each kind of place is one ModelSource (http-source.ts, hub-source.ts, local-source.ts,
// cached-source.ts, and the command line's file-source.ts), which makes one attempt at a time: patience, parallel requests
// and the cache are transfer.ts's and small-files.ts's business, and what is read from it is load.ts's.
import { VariorumError } from "../../api/errors";

export interface ModelSource {
  /** For people: the last part of the address. */
  readonly name: string;
  /** Identifies the place, and the revision if there are several, in caches. */
  readonly id: string;
  /** Whether its bytes come over a network, so that they are worth keeping in the browser's storage. */
  readonly remote: boolean;
  /** Whether a file of this id can never change, so that a kept copy needs no question to the network. */
  readonly pinned?: boolean;
  /** A small text file; null if there is none of that name. Errors: network (RefusedError among them), AbortError. */
  text(file: string, signal?: AbortSignal): Promise<string | null>;
  /** What can be said of a file before it is read; null if there is none of that name. Errors: network (RefusedError among them), AbortError. */
  describe(file: string, signal?: AbortSignal): Promise<FileDescription | null>;
  /** A file's bytes in order; null if there is none of that name. Errors, also while reading: network, AbortError. */
  open(file: string, options?: OpenOptions): Promise<ByteStream | null>;
}

/** A host will not give a file; many that have none of that name answer so. */
export class RefusedError extends VariorumError {
  constructor(message: string) {
    super("network", message);
  }
}

export interface FileDescription {
  bytes: number | null;
  /** Whether `bytes` can be relied on: what a server says of a file that it compresses on the way cannot. */
  exact: boolean;
  /** 64 lower-case hex digits, if the place announces it. */
  sha256: string | null;
  /** Changes when the file changes: an ETag, a date. */
  version: string | null;
}

/** Of a file that is there, and no more is known. */
export const undescribed: FileDescription = { bytes: null, exact: false, sha256: null, version: null };

/** A range of bytes [from, to); without `to`, to the end. */
export interface OpenOptions {
  from?: number;
  to?: number;
  /** Past every cache on the way, because what they gave was damaged. */
  fresh?: boolean;
  signal?: AbortSignal | undefined;
}

export interface ByteStream {
  /** Of the whole file, if known. */
  bytes: number | null;
  /** Whether `bytes` is how many will come, and not perhaps those of a compressed form. Absent: it is. */
  exact?: boolean;
  /** Where the first chunk stands in the file: what was asked for, or 0 from a server that has no ranges. Absent: 0. */
  from?: number;
  /** Whether the place gives any range that it is asked for. Absent: it does not. */
  ranged?: boolean;
  chunks: AsyncIterable<Uint8Array>;
}

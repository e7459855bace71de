// SHA-256, of whole buffers and of bytes that stream by.
import { plainSha256 } from "./sha256-plain";

type Bytes = Uint8Array<ArrayBuffer>;

/** Hashes bytes in order. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 64 lower-case hex digits; ends the hasher. */
  digest(): string;
}

/**
 * 64 lower-case hex digits. WebCrypto hashes at more than 1 GB/s, away from this thread; it is missing on pages that are not
 * secure contexts (http: on another machine), where plain JavaScript does the same, slowly.
 */
export async function sha256(bytes: Bytes): Promise<string> {
  return toHex(globalThis.crypto?.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : plainSha256(bytes));
}

/** Node's own hasher, the fastest there is; null in browsers, whose WebCrypto cannot hash piece by piece. */
export function nodeHasher(): Hasher | null {
  const crypto = globalThis.process?.getBuiltinModule?.("node:crypto");
  if (!crypto) return null;
  const hash = crypto.createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}

export const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

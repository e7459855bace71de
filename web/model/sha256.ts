// SHA-256, of whole buffers and of bytes that stream by.

type Bytes = Uint8Array<ArrayBuffer>;

/** Hashes bytes in order. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 64 lower-case hex digits; ends the hasher. */
  digest(): string;
}

/**
 * 64 lower-case hex digits. WebCrypto hashes at more than 1 GB/s, away from this thread; it is missing on pages that are not
 * secure contexts (http: on another machine).
 */
export async function sha256(bytes: Bytes): Promise<string> {
  if (globalThis.crypto?.subtle) return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  const hasher = await createHasher();
  hasher.update(bytes);
  return hasher.digest();
}

/** WebCrypto cannot hash piece by piece. Node's own hash can; in browsers @noble/hashes, loaded only then, does it at some 200 MB/s. */
export async function createHasher(): Promise<Hasher> {
  const node = globalThis.process?.getBuiltinModule?.("node:crypto");
  if (node) {
    const hash = node.createHash("sha256");
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
  }
  const { sha256 } = await import("@noble/hashes/sha2.js");
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), digest: () => toHex(hash.digest()) };
}

export const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// SHA-256 (FIPS 180-4) in plain JavaScript, for pages without WebCrypto: it takes the fewest bytes, not the least time.

const primes = Array.from({ length: 311 }, (_, i) => i + 2).filter((n, _, all) => !all.some((d) => d < n && n % d === 0));
/** The first 32 bits of the fractional part. */
const fraction = (x: number) => ((x % 1) * 2 ** 32) | 0;
const initial = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const rounds = primes.slice(0, 64).map((prime) => fraction(Math.cbrt(prime)));

export function plainSha256(bytes: Uint8Array): Uint8Array {
  const state = Int32Array.from(initial);
  const whole = bytes.length & ~63;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < whole; at += 64) compress(state, view, at);
  // The rest, a one bit, zeros, and the length in bits.
  const tail = new Uint8Array((bytes.length - whole < 56 ? 1 : 2) * 64);
  tail.set(bytes.subarray(whole));
  tail[bytes.length - whole] = 0x80;
  const end = new DataView(tail.buffer);
  end.setBigUint64(tail.length - 8, BigInt(bytes.length) * 8n);
  for (let at = 0; at < tail.length; at += 64) compress(state, end, at);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => digest.setInt32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

const rotate = (x: number, n: number) => (x >>> n) | (x << (32 - n));
const schedule = new Int32Array(64);

function compress(state: Int32Array, block: DataView, at: number): void {
  const w = schedule;
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    if (i < 16) {
      w[i] = block.getInt32(at + 4 * i);
    } else {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      w[i] = (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + w[i - 7]! + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)) + w[i - 16]!;
    }
    const t = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + rounds[i]! + w[i]!) | 0;
    const u = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t) | 0, c, b, a, (t + u) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i]! += word));
}

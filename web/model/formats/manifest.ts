// variorum.json: what the model directory's shards are, so that each can be verified before use.
import { VariorumError } from "../../api/errors";
import type { WeightScheme } from "../../api/types";
import { sha256 } from "../transfer/sha256";
import { isCount, parseObject, shown } from "./json";

export const manifestName = "variorum.json";

export interface Shard {
  /** A plain file name in the model's directory. */
  file: string;
  bytes: number;
  /** 64 lower-case hex digits. */
  sha256: string;
}

export interface Manifest {
  format: "variorum";
  version: 1;
  weights: WeightScheme;
  /** Of the model: over the shards' SHA-256 digests (32 bytes each), one after the other. */
  sha256: string;
  shards: Shard[];
}

/** Whether a name is safe to join to a directory or URL. */
export function isPlainName(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(name);
}

const isDigest = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

/** Reads variorum.json; bad-config if it is not one, unsupported if it is of a later version. */
export async function parseManifest(text: string): Promise<Manifest> {
  const json = parseObject(manifestName, text, "bad-config");
  if (json.format !== "variorum") throw new VariorumError("bad-config", `${manifestName} does not describe a Variorum model.`);
  if (json.version !== 1) {
    throw new VariorumError("unsupported", `${manifestName} has format version ${shown(json.version)}, this engine reads 1: update Variorum.`);
  }
  const { weights, shards } = json;
  if (weights !== "f32" && weights !== "q8" && weights !== "q4") {
    throw new VariorumError("bad-config", `${manifestName}: unknown weight scheme ${shown(weights)}.`);
  }
  if (!Array.isArray(shards) || shards.length === 0) throw new VariorumError("bad-config", `${manifestName} lists no shards.`);
  const checked = shards.map((shard: Partial<Shard> | null): Shard => {
    if (!isPlainName(shard?.file) || !isCount(shard.bytes) || shard.bytes >= 2 ** 32 || !isDigest(shard.sha256)) {
      throw new VariorumError("bad-config", `${manifestName}: a shard needs a plain file name, its bytes (less than 4 GiB) and its SHA-256.`);
    }
    return { file: shard.file, bytes: shard.bytes, sha256: shard.sha256 };
  });
  if (new Set(checked.map(({ file }) => file)).size < checked.length) throw new VariorumError("bad-config", `${manifestName} lists a shard twice.`);
  const whole = await modelDigest(checked);
  if (json.sha256 !== whole) {
    throw new VariorumError("bad-shard", `${manifestName}: the model's SHA-256 is not that of its shards: the file was changed.`);
  }
  return { format: "variorum", version: 1, weights, sha256: whole, shards: checked };
}

/** SHA-256 over the digests of the weight files, 32 bytes each, in the order in which they are read. */
export async function modelDigest(shards: readonly Pick<Shard, "sha256">[]): Promise<string> {
  const digests = new Uint8Array(32 * shards.length);
  shards.forEach((shard, i) => digests.set(fromHex(shard.sha256), 32 * i));
  return sha256(digests);
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

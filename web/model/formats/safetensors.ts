// The safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes without gaps.
import { VariorumError } from "../../api/errors";
import type { ByteStream } from "../transfer/source";
import { ChunkReader } from "./chunk-reader";
import { refusePointer } from "./foreign";
import { isCount, parseObject, shown } from "./json";
import { TensorNames } from "./names";

export interface TensorEntry {
  name: string;
  dtype: string;
  shape: number[];
  /** Of its bytes, counted from the end of the header. */
  begin: number;
  end: number;
}

/** Takes the bytes of tensors as they stream in. */
export interface TensorSink {
  /**
   * A place for the first piece of the tensor's bytes, or null to skip the tensor. Views stay valid until the next call of the
   * sink.
   */
  stage(entry: TensorEntry): Uint8Array | null;
  /** The place is filled: the place for the tensor's next piece, or null if that was its last. */
  commit(): Uint8Array | null;
}

/** Bits per element of the types that the format knows. */
const bits: Record<string, number> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
};

/** The format's own limit. */
const maxHeaderBytes = 100_000_000;

/** Entries of a header, in the order of their bytes. `bodyBytes`: what follows the header, if known. bad-shard. */
export function parseHeader(file: string, text: string, bodyBytes: number | null): TensorEntry[] {
  const bad = (message: string): never => {
    throw new VariorumError("bad-shard", `${file}: ${message}`);
  };
  const entries = Object.entries(parseObject(`The header of ${file}`, text, "bad-shard"))
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]): TensorEntry => {
      const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
      if (
        typeof dtype !== "string" ||
        dtype.length > 16 ||
        !Array.isArray(shape) ||
        shape.length > 8 ||
        !shape.every(isCount) ||
        !Array.isArray(offsets) ||
        offsets.length !== 2 ||
        !offsets.every(isCount)
      ) {
        return bad(`the entry of tensor ${shown(name)} is malformed.`);
      }
      const [begin, end] = offsets as [number, number];
      const size = Object.hasOwn(bits, dtype) ? shape.reduce((product: number, extent: number) => product * extent, bits[dtype]! / 8) : end - begin;
      if (end - begin !== size)
        bad(`tensor ${shown(name)} of type ${shown(dtype)} and shape [${shape.join(", ")}] should take ${size} bytes, not ${end - begin}.`);
      return { name, dtype, shape, begin, end };
    })
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const entry of entries) {
    if (entry.begin !== position) bad(`there is a gap or an overlap before tensor ${shown(entry.name)}.`);
    position = entry.end;
  }
  if (bodyBytes !== null && position !== bodyBytes) bad(`it holds ${bodyBytes} bytes of tensors, its header says ${position}: it is truncated or damaged.`);
  return entries;
}

/**
 * Streams a safetensors file into `sink`, tensor by tensor, by their canonical names; resolves to the wrapper that was taken off
 * them. bad-shard if the file is not well formed or ends early.
 */
export async function readTensors(file: string, stream: ByteStream, sink: TensorSink): Promise<string> {
  const reader = new ChunkReader(file, stream);
  try {
    const length = await reader.exactly(8);
    refusePointer(file, length);
    const headerBytes = Number(new DataView(length.buffer).getBigUint64(0, true));
    if (headerBytes > maxHeaderBytes || (stream.bytes !== null && headerBytes > stream.bytes - 8)) {
      throw new VariorumError("bad-shard", `${file} is not a safetensors file, or it is damaged: its header cannot be ${headerBytes} bytes long.`);
    }
    const header = await reader.exactly(headerBytes);
    const entries = parseHeader(file, new TextDecoder().decode(header), stream.bytes === null ? null : stream.bytes - 8 - headerBytes);
    const names = new TensorNames(entries.map(({ name }) => name));
    for (const entry of entries) {
      let missing = entry.end - entry.begin;
      for (let place = sink.stage({ ...entry, name: names.canonical(entry.name) }); place; place = sink.commit()) {
        await reader.fill(place);
        missing -= place.length;
      }
      await reader.skip(missing);
    }
    if (await reader.some(1)) throw new VariorumError("bad-shard", `${file} has bytes after its last tensor: it is damaged.`);
    return names.wrapper;
  } finally {
    await reader.close();
  }
}

/** The bytes before the tensors: length and header, padded with spaces so that tensors start at a multiple of 8. */
export function encodeHeader(entries: readonly TensorEntry[]): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const { name, dtype, shape, begin, end } of entries) header[name] = { dtype, shape, data_offsets: [begin, end] };
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json + " ".repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8));
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

// Weights, from any source to the engine: verified, and only then usable.
import { VariorumError } from "../api/errors";
import { readWeightFile } from "./formats/checkpoint";
import type { ModelConfig } from "./formats/config";
import { modelDigest } from "./formats/manifest";
import type { TensorSink } from "./formats/safetensors";
import type { ModelFiles } from "./load";
import type { Keeper } from "./store/keeper";
import type { ProgressMeter } from "./transfer/progress";
import { type Hasher, sha256 } from "./transfer/sha256";
import { type ByteStream, type ModelSource, undescribed } from "./transfer/source";
import { type IncomingFile, standardTransfer, Transfer, type TransferOptions, type WeightFile } from "./transfer/transfer";

/** A file that went into the sink piece by piece and turned out damaged: the sink has to be thrown away. */
export class DamagedStream extends Error {
  constructor(readonly damage: VariorumError) {
    super(damage.message);
  }
}

export interface WeightsOptions {
  keeper: Keeper;
  meter: ProgressMeter;
  /** Past the browser's own cache: what came before was damaged. */
  fresh?: boolean;
  signal?: AbortSignal | undefined;
  transfer?: TransferOptions | undefined;
}

/** Weights on their way. The transfer runs from `begin` on; `into` takes what it brings. */
export class IncomingWeights {
  #config: ModelConfig;
  #files: IncomingFile[];
  #transfer: Transfer;
  #options: WeightsOptions;

  private constructor(transfer: Transfer, files: IncomingFile[], config: ModelConfig, options: WeightsOptions) {
    this.#config = config;
    this.#transfer = transfer;
    this.#files = files;
    this.#options = options;
  }

  /** `describer`: what knows the files' lengths and hashes, if there is no manifest. network, AbortError. */
  static async begin(source: ModelSource, describer: Pick<ModelSource, "describe">, files: ModelFiles, options: WeightsOptions): Promise<IncomingWeights> {
    const described = await describe(describer, files, options.signal);
    options.meter.setTotal(described.reduce<number | null>((sum, { bytes }) => (sum === null || bytes === null ? null : sum + bytes), 0));
    void options.keeper.describe(described.map(({ file, bytes }) => ({ file, bytes })));
    const transfer = new Transfer(
      source,
      options.keeper,
      options.meter,
      { ...(options.transfer ?? standardTransfer), fresh: options.fresh ?? false },
      options.signal,
    );
    return new IncomingWeights(transfer, transfer.start(described), files.config, options);
  }

  /**
   * Gives all weights to `sink`, hashing large files by `newHasher`; resolves to the model's SHA-256, which is over those of its files. Whatever fails, nothing of
   * the sink may be used then. bad-shard, network, AbortError, DamagedStream.
   */
  async into(sink: TensorSink, newHasher: () => Hasher): Promise<string> {
    try {
      const digests: { sha256: string }[] = [];
      for (const file of this.#files) digests.push({ sha256: await (file.isWhole ? this.#whole(file, sink) : this.#streamed(file, sink, newHasher())) });
      await this.#options.keeper.prune(this.#files.map(({ description }) => description.file));
      return await modelDigest(digests);
    } finally {
      this.#transfer.stop();
    }
  }

  /** Ends the transfer; what has arrived stays in storage. */
  stop(): void {
    this.#transfer.stop();
  }

  async #whole(incoming: IncomingFile, sink: TensorSink): Promise<string> {
    const { file } = incoming.description;
    const bytes = await incoming.whole();
    let digest = await sha256(bytes);
    let expected = expectedDigest(incoming);
    // What storage gave does not count as a try; a damaged download is tried once more.
    for (let tries = incoming.cached > 0 ? 2 : 1; expected !== null && digest !== expected; tries--) {
      if (tries === 0) throw damaged(file, digest, expected);
      await incoming.refetch();
      incoming.cached = 0;
      digest = await sha256(bytes);
      expected = expectedDigest(incoming);
    }
    await readWeightFile(file, wholeStream(bytes), this.#config, sink);
    await incoming.complete(bytes.length, digest);
    return digest;
  }

  async #streamed(incoming: IncomingFile, sink: TensorSink, hasher: Hasher): Promise<string> {
    const { file, bytes, exact } = incoming.description;
    let length = 0;
    const chunks = (async function* () {
      for await (const chunk of incoming.chunks()) {
        hasher.update(chunk);
        length += chunk.length;
        yield chunk;
      }
    })();
    let failure: unknown = null;
    try {
      await readWeightFile(file, { bytes: exact ? bytes : null, chunks }, this.#config, sink);
    } catch (error) {
      // Perhaps only because storage has damaged what it kept: then another try mends it.
      if (!(error instanceof VariorumError) || error.code !== "bad-shard" || incoming.cached === 0) throw error;
      failure = error;
    }
    const digest = hasher.digest();
    const expected = expectedDigest(incoming);
    if (failure !== null || (expected !== null && digest !== expected)) {
      await incoming.kept?.reset();
      throw new DamagedStream(failure instanceof VariorumError ? failure : damaged(file, digest, expected!));
    }
    await incoming.complete(length, digest);
    return digest;
  }
}

/** The hash that a file must have: as its source announces it, or as storage remembers it of a file that it alone provides. */
function expectedDigest({ description, kept, cached }: IncomingFile): string | null {
  return description.sha256 ?? (cached > 0 ? (kept?.sha256 ?? null) : null);
}

const damaged = (file: string, digest: string, expected: string) =>
  new VariorumError("bad-shard", `${file} is damaged: its SHA-256 is ${digest.slice(0, 16)}…, not ${expected.slice(0, 16)}…. Try again, or copy it anew.`);

/** The weight files with all that is known of them. */
async function describe(describer: Pick<ModelSource, "describe">, { manifest, files }: ModelFiles, signal?: AbortSignal): Promise<WeightFile[]> {
  if (manifest) return manifest.shards.map(({ file, bytes, sha256 }) => ({ file, bytes, exact: true, sha256, version: null }));
  return Promise.all(files.map(async (file) => ({ file, ...((await describer.describe(file, signal)) ?? undescribed) })));
}

function wholeStream(bytes: Uint8Array): ByteStream {
  return {
    bytes: bytes.length,
    chunks: (async function* () {
      yield bytes;
    })(),
  };
}

// A model's small files (configuration, tokenizer, manifest), kept all together so that a model that was loaded once loads
// with no network. What can change is asked for anew while there is one.
import { isAbort } from "../../api/errors";
import type { Keeping } from "./keeping";
import { isOffline, type RetryPolicy, standardPolicy, within, withPatience } from "./retry";
import type { FileDescription, ModelSource } from "./source";

/** With a copy at hand, a network that has not answered after so many milliseconds is not waited for. */
const impatience = 3000;
const keptName = "files.json";

/** Texts, and descriptions as JSON, by file name; null for a file that the source does not have. */
type Texts = Record<string, string | null>;

export class SmallFiles implements Pick<ModelSource, "id" | "text" | "describe"> {
  readonly id: string;
  #source: ModelSource;
  #keeper: Keeping;
  #policy: RetryPolicy;
  #kept: Promise<Texts>;
  #seen: Texts = {};
  /** The network has failed once: the kept files belong together, so all come from there. */
  #useKept = false;

  constructor(source: ModelSource, keeper: Keeping, policy = standardPolicy) {
    this.id = source.id;
    this.#source = source;
    this.#keeper = keeper;
    // Who is offline now, and has no copy, should hear it now.
    this.#policy = { ...policy, longestOffline: 0 };
    this.#kept = keeper.readText(keptName).then(parse);
  }

  text(file: string, signal?: AbortSignal): Promise<string | null> {
    return this.#read(file, signal, () => this.#source.text(file, signal));
  }

  async describe(file: string, signal?: AbortSignal): Promise<FileDescription | null> {
    const description = await this.#read(`describe ${file}`, signal, async () => {
      const fresh = await this.#source.describe(file, signal);
      return fresh && JSON.stringify(fresh);
    });
    return description === null ? null : (JSON.parse(description) as FileDescription);
  }

  /** Keeps what was read, if it is not yet kept. */
  async keep(): Promise<void> {
    if (!this.#keeper.keeps) return;
    const text = JSON.stringify(this.#seen);
    if (text !== JSON.stringify(await this.#kept)) await this.#keeper.writeText(keptName, text);
  }

  async #read(what: string, signal: AbortSignal | undefined, ask: () => Promise<string | null>): Promise<string | null> {
    return (this.#seen[what] = await this.#newest(what, signal, ask));
  }

  async #newest(what: string, signal: AbortSignal | undefined, ask: () => Promise<string | null>): Promise<string | null> {
    const kept = await this.#kept;
    if (!Object.hasOwn(kept, what)) return withPatience(this.#policy, signal, () => within(this.#policy.stall, what, ask()));
    if (!this.#source.pinned && !isOffline() && !this.#useKept) {
      try {
        return await within(impatience, what, ask());
      } catch (error) {
        if (isAbort(error)) throw error;
        this.#useKept = true;
      }
    }
    return kept[what]!;
  }
}

function parse(text: string | null): Texts {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value === "object" && value !== null && Object.values(value).every((v) => v === null || typeof v === "string")) return value as Texts;
  } catch {
    // damaged in storage: as if it were not there
  }
  return {};
}

// The run's settings as the visitor types them. They stay text until a run starts; what cannot be used is then named in the
// visitor's own language, field by field.
import type { GenerateOptions } from "../api/types";

export interface Settings {
  variants: string;
  length: string;
  temperature: string;
  topK: string;
  topP: string;
  /** Empty for a new one each time. */
  seed: string;
}

export const defaultSettings: Settings = { variants: "5", length: "120", temperature: "0.8", topK: "40", topP: "0.95", seed: "" };

/** What a field may hold; `above` if the least value itself is not allowed. */
export interface Range {
  whole: boolean;
  least: number;
  above?: true;
  most?: number;
  step: number;
}

export const ranges: Record<keyof Settings, Range> = {
  variants: { whole: true, least: 1, most: 8, step: 1 },
  length: { whole: true, least: 1, step: 1 },
  temperature: { whole: false, least: 0, above: true, step: 0.1 },
  topK: { whole: true, least: 0, step: 1 },
  topP: { whole: false, least: 0, above: true, most: 1, step: 0.05 },
  seed: { whole: true, least: 0, most: 2 ** 32 - 1, step: 1 },
};

/** The first field whose value cannot be used; null if all can. */
export function findInvalid(settings: Settings): keyof Settings | null {
  for (const key of Object.keys(ranges) as (keyof Settings)[]) {
    const text = settings[key].trim();
    if (key === "seed" && text === "") continue;
    const { whole, least, above, most } = ranges[key];
    const value = text === "" ? Number.NaN : Number(text);
    const fits = Number.isFinite(value) && (above ? value > least : value >= least) && value <= (most ?? Number.MAX_SAFE_INTEGER);
    if (!fits || (whole && !Number.isInteger(value))) return key;
  }
  return null;
}

/** Options of a run; the settings must be valid. */
export function toOptions(settings: Settings): GenerateOptions {
  return {
    numReturnSequences: Number(settings.variants),
    maxNewTokens: Number(settings.length),
    temperature: Number(settings.temperature),
    topK: Number(settings.topK),
    topP: Number(settings.topP),
    ...(settings.seed.trim() === "" ? {} : { seed: Number(settings.seed) }),
  };
}

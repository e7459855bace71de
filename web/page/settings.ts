// The run's settings as the visitor types them. They stay text until a run starts: what a field holds is checked once, by
// the same code as everybody's options.
import type { GenerateOptions } from "../types";

export interface Settings {
  variants: string;
  length: string;
  temperature: string;
  topK: string;
  topP: string;
  /** Empty for a new one each time. */
  seed: string;
}

export const defaultSettings: Settings = { variants: "5", length: "60", temperature: "0.8", topK: "40", topP: "0.95", seed: "" };

export const maxVariants = 8;

/** NaN for what is not a number, so that it is refused by name. */
const number = (text: string) => (text.trim() === "" ? Number.NaN : Number(text));

export function toOptions(settings: Settings): GenerateOptions {
  return {
    numReturnSequences: number(settings.variants),
    maxNewTokens: number(settings.length),
    temperature: number(settings.temperature),
    topK: number(settings.topK),
    topP: number(settings.topP),
    ...(settings.seed.trim() === "" ? {} : { seed: number(settings.seed) }),
  };
}

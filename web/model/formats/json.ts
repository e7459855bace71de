// Small JSON files of a model, read with distrust.
import { type ErrorCode, VariorumError } from "../../api/errors";

export type JsonObject = Record<string, unknown>;

/** Parses `text` of file `name` as a JSON object, with or without a byte-order mark, as Python writes it. */
export function parseObject(name: string, text: string, code: ErrorCode): JsonObject {
  let value: unknown;
  try {
    value = parsePythonJson(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new VariorumError(code, `${name} is not valid JSON: it is damaged or not the file it should be.`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new VariorumError(code, `${name} must hold a JSON object.`);
  }
  return value as JsonObject;
}

/** Python's json also writes NaN and Infinity. NaN becomes a text, so that only whoever needs the number finds it wrong. */
function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const numbers: Record<string, string> = { NaN: '"NaN"', Infinity: "1e999", "-Infinity": "-1e999" };
    const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity\b|NaN\b/g, (found) => numbers[found] ?? found);
    if (plain === text) throw error;
    return JSON.parse(plain);
  }
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A value as an error message shows it: not all of it, if it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

// GPT-2's byte alphabet: a visible character for each of the 256 bytes, so that a vocabulary of bytes is a JSON of texts
// (bytes_to_unicode in openai/gpt-2's encoder.py).

const visible = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

const characters: string[] = [];
let next = 0x100;
for (let byte = 0; byte < 256; byte++) characters.push(String.fromCharCode(visible(byte) ? byte : next++));
const bytes = new Map(characters.map((character, byte) => [character, byte]));

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Text of bytes; what is no UTF-8 becomes U+FFFD, and U+FEFF stays. */
export const textOf = (data: readonly number[]): string => decoder.decode(Uint8Array.from(data));

/** Text of bytes; null if they are no UTF-8. */
export function validTextOf(data: readonly number[]): string | null {
  try {
    return strict.decode(Uint8Array.from(data));
  } catch {
    return null;
  }
}

/** A text's bytes in the alphabet. */
export const toAlphabet = (text: string): string => Array.from(utf8(text), (byte) => characters[byte]).join("");

/** The bytes that a token stands for; one that is not written in the alphabet stands for itself. */
export function bytesOf(token: string): number[] {
  const found = Array.from(token, (character) => bytes.get(character));
  return found.every((byte) => byte !== undefined) ? found : [...utf8(token)];
}

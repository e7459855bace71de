// What goes to stdout.

/** One JSON object, and nothing else. Written synchronously in full, also into a pipe. */
export async function printJson(value: unknown): Promise<void> {
  await print(`${JSON.stringify(value, (_, v) => (v instanceof Float32Array ? Array.from(v) : v))}\n`);
}

export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));
}

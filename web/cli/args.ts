// The command line's options: one table per command, checked, with errors of one line.
import { type ParseArgsConfig, parseArgs } from "node:util";
import { VariorumError } from "../api/errors";

export type OptionTable = NonNullable<ParseArgsConfig["options"]>;
export function usage(message: string): VariorumError {
  return new VariorumError("bad-option", message);
}

/** Options with every command that runs a model. */
export const modelOptions = {
  model: { type: "string" },
  weights: { type: "string" },
  threads: { type: "string" },
  module: { type: "string" },
  kernels: { type: "string" },
  json: { type: "boolean" },
} satisfies OptionTable;

export class Args {
  readonly positionals: string[];
  #values: ReturnType<typeof parseArgs>["values"];

  constructor(args: string[], options: OptionTable, positionals: { least: number; most: number; names: string }) {
    let parsed;
    try {
      parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
    } catch (cause) {
      // Node's messages go on with advice on quoting.
      throw usage(`${(cause as Error).message.split(/\.\s|\n/)[0]}. Run "variorum --help" for the options.`);
    }
    this.#values = parsed.values;
    this.positionals = parsed.positionals;
    if (this.positionals.length < positionals.least || this.positionals.length > positionals.most) {
      throw usage(`This command takes ${positionals.names || "no arguments"}; ${this.positionals.length} given.`);
    }
  }

  isGiven(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: string): string | undefined {
    return this.#values[name] as string | undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === "") throw usage(`The option --${name} is required.`);
    return value;
  }

  list(name: string): string[] | undefined {
    return this.#values[name] as string[] | undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** A number, not checked for range: that is the engine's business. */
  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value.trim() === "" || (Number.isNaN(number) && value !== "NaN")) throw usage(`--${name} is ${JSON.stringify(value)}; it must be a number.`);
    return number;
  }

  /** A JSON value; `range` says what it must be if it is not even that. */
  json(name: string, range: string): unknown {
    const value = this.text(name);
    if (value === undefined) return undefined;
    try {
      return JSON.parse(value);
    } catch {
      throw usage(`--${name} is ${JSON.stringify(value)}; it must be ${range}.`);
    }
  }

  /** Token ids such as "1,2,3". */
  ids(name: string): number[] | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : parseIds(name, value);
  }

  /** The prompt or text of a command: exactly one of --`textName` and --`idsName`. */
  prompt(textName: string, idsName = "ids"): string | number[] {
    const text = this.text(textName);
    const ids = this.ids(idsName);
    if ((text === undefined) === (ids === undefined)) throw usage(`Give either --${textName} or --${idsName}.`);
    return text ?? ids!;
  }
}

export function parseIds(name: string, value: string): number[] {
  const parts = value.trim() === "" ? [] : value.split(",").map((part) => part.trim());
  if (!parts.every((part) => /^\d+$/.test(part))) throw usage(`--${name} is ${JSON.stringify(value)}; it must be token ids such as 1,2,3.`);
  return parts.map(Number);
}

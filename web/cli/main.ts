// `variorum`: the engine under Node.
import { isAbort, VariorumError } from "../api/errors";
import { usage } from "./args";
import { evaluate } from "./commands/eval";
import { generate } from "./commands/generate";
import { inspect } from "./commands/inspect";
import { rank } from "./commands/rank";
import { score } from "./commands/score";
import { serve } from "./commands/serve";
import { shard } from "./commands/shard";
import { print } from "./output";

const help = `variorum ${__VARIORUM_VERSION__}: variants of a prompt, written by a GPT-2 in WebAssembly

  variorum generate --model DIR (--prompt TEXT | --ids 1,2,3) [-n 5] [--max-new-tokens 50 | --max-length 50] [--greedy]
                    [--temperature 1] [--top-k 50] [--top-p 1] [--min-p 0] [--typical-p 1] [--epsilon-cutoff 0] [--eta-cutoff 0]
                    [--repetition-penalty 1] [--no-repeat-ngram-size 0] [--min-new-tokens 0 | --min-length 0]
                    [--bad-words-ids '[[5],[7,8]]'] [--sequence-bias '[[[5],-2.5]]'] [--suppress-tokens '[1,2]']
                    [--begin-suppress-tokens '[3]'] [--forced-bos-token-id 0] [--forced-eos-token-id 0] [--eos-token-id 0]
                    [--num-beams 1] [--length-penalty 1] [--early-stopping true|false|never] [--seed N] [--stop TEXT]…
                    [--overflow error|slide] [--json]
  variorum generate --model DIR --recipe FILE [--json]
  variorum score    --model DIR (--text TEXT | --ids 1,2,3) [--logits] [--json]
  variorum rank     --model DIR (--context TEXT | --context-ids 1,2,3) [--candidate TEXT]… [--candidate-ids 4,5]… [--file FILE]
                    [--normalize none|length|prior] [--prior-context TEXT] [--json]
  variorum eval     --model DIR --file TEXT.txt [--json]
  variorum shard    HF_DIR OUT_DIR [--weights q8|q4|f32] [--shard-size 8MB]
  variorum inspect  DIR [--json]
  variorum serve    [DIR] [--port 8080] [--no-isolation]

With every command that runs a model: --weights f32|q8|q4, --threads N, --module simd|relaxed, --kernels own|xnnpack. DIR may be an http address.
Exit status: 0; 2 for usage errors and models or prompts that cannot be used; 1 for other failures; 130 for Ctrl-C.
`;

const commands: Record<string, (argv: string[]) => Promise<void>> = { generate, score, rank, eval: evaluate, shard, inspect, serve };

/** Codes that a caller can mend by calling differently. */
const usageCodes = /^bad-|^unsupported$|^context-full$/;

async function main([name, ...argv]: string[]): Promise<number> {
  try {
    if (name === "--help" || name === "-h" || name === "help" || argv.includes("--help")) await print(help);
    else if (name === "--version") await print(`${__VARIORUM_VERSION__}\n`);
    else if (name === undefined || !Object.hasOwn(commands, name)) {
      throw usage(`${name === undefined ? "Give a command" : `There is no command ${name}`}: one of ${Object.keys(commands).join(", ")}.`);
    } else await commands[name]!(argv);
    return 0;
  } catch (error) {
    const known = error instanceof VariorumError;
    const text = known ? `variorum: ${error.code}: ${error.message}` : `variorum: ${isAbort(error) ? "stopped" : String((error as Error)?.stack ?? error)}`;
    process.stderr.write(`${known ? text.replace(/\s*\n\s*/g, " ") : text}\n`);
    return known && usageCodes.test(error.code) ? 2 : 1;
  }
}

process.on("SIGINT", () => process.exit(130));
// A reader that closes the pipe (head, less) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
// The engine's threads would keep the process alive.
process.exit(await main(process.argv.slice(2)));

// Prompts, one JSON object per line, on stdin → samples on stdout: what scripts/train/samples runs.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const [variorum, model] = process.argv.slice(2);
const settings = ["-n", "5", "--max-new-tokens", "120", "--temperature", "0.8", "--top-k", "0", "--top-p", "0.95", "--seed", "7"];
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const prompt = JSON.parse(line);
  const output = execFileSync(variorum, ["generate", "--model", model, "--prompt", prompt.text, ...settings, "--json"], { encoding: "utf8" });
  for (const { text, finishReason } of JSON.parse(output).variants) {
    console.log(JSON.stringify({ language: prompt.language, genre: prompt.genre, prompt: prompt.text, text, finishReason }));
  }
}

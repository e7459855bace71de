// scripts/start --check: serves the built page on a free port, and makes sure that it answers and generates: in Chromium if
// there is one on PATH, else by the command line, which loads the engine and the model that the page would load.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const launcher = new URL("../variorum", import.meta.url).pathname;
const server = spawn(launcher, ["serve", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });

async function address() {
  for await (const chunk of server.stdout) {
    const match = /http:\/\/\S+/.exec(String(chunk));
    if (match) return match[0];
  }
  throw new Error("the server did not start");
}

async function pageAnswers(url) {
  const get = async (path) => {
    const response = await fetch(new URL(path, url));
    if (!response.ok) throw new Error(`${path} answers ${response.status}`);
    return response.text();
  };
  const html = await get("");
  if (!html.includes("<variorum-page>")) throw new Error("the page is not Variorum's");
  for (const [, path] of html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)) await get(path);
}

async function chromiumGenerates(url) {
  const { launchChromium } = await import("../../tests/chromium.mjs");
  const browser = await launchChromium();
  if (!browser) return false;
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole("button", { name: "Generate" }).click();
    await page.locator("variant-card:not([running]) .finish").nth(4).waitFor({ timeout: 60_000 });
    const texts = await page.locator("variant-card .text").allInnerTexts();
    if (texts.length !== 5 || texts.some((text) => text.trim() === "")) throw new Error("the page did not write five variants");
    return true;
  } finally {
    await browser.close();
  }
}

async function commandLineGenerates(url) {
  const { stdout } = await promisify(execFile)(launcher, [
    "generate",
    "--model",
    new URL("models/demo/", url).href,
    "--prompt",
    "A fast web server that",
    "--max-new-tokens",
    "10",
    "--json",
  ]);
  if (JSON.parse(stdout).variants.length !== 5) throw new Error("the engine did not write five variants");
}

try {
  const url = await address();
  await pageAnswers(url);
  const inBrowser = await chromiumGenerates(url);
  if (!inBrowser) await commandLineGenerates(url);
  console.log(`The page at ${url} answers and writes five variants (checked ${inBrowser ? "in Chromium" : "under Node"}).`);
} catch (error) {
  console.error(`variorum: check failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  server.kill();
  if (server.exitCode === null) await once(server, "exit");
}

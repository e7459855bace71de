// Tests of the built page in the machine's own Chromium (tests/chromium.mjs).
import { defineConfig } from "@playwright/test";
import { chromiumArgs, chromiumPath, chromiumPatience } from "./chromium.mjs";

const executablePath = chromiumPath();
if (!executablePath) throw new Error("There is no Chromium on PATH: install the package chromium, or set CHROME_BIN.");

export default defineConfig({
  testDir: "e2e",
  outputDir: "results/e2e",
  reporter: [["list"], ["json", { outputFile: "results/e2e.json" }]],
  // Both are there to end what hangs: how fast something is, is measured by tests of its own. A machine that is busy takes its time.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  workers: 1, // the engine wants both cores
  use: {
    browserName: "chromium",
    launchOptions: { executablePath, args: chromiumArgs, timeout: chromiumPatience },
    locale: "en-US",
    serviceWorkers: "block",
    viewport: { width: 1280, height: 900 },
  },
});

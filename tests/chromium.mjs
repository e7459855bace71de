// How tests start Chromium: the machine's own (Debian's package `chromium`, or CHROME_BIN), since a browser that a test tool
// downloads for itself is not to be had on a closed network.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export const chromiumArgs = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Chromium's sandbox refuses to run as root.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** Path of the browser; null if there is none. */
export function chromiumPath() {
  if (process.env.CHROME_BIN) return process.env.CHROME_BIN;
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["chromium", "google-chrome", "chromium-browser"]) {
      const path = join(directory, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // the next one
      }
    }
  }
  return null;
}

/** Longest that Chromium may take to start, in ms: on a machine that is busy, with nothing of it in memory. */
export const chromiumPatience = 180_000;

/** A headless Chromium, driven by Playwright; null if there is none on this machine. */
export async function launchChromium() {
  const executablePath = chromiumPath();
  if (!executablePath) return null;
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: chromiumArgs, timeout: chromiumPatience });
}

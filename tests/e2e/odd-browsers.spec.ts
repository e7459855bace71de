// Browsers and pages that are odd: numbers of cores that are none, frames and policies that forbid things. Everything works, or
// says in words why it cannot; nothing is left uncaught, and nothing hangs.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import sirv from "sirv";
import { alert, cards, expect, generate, generateButton, infoInPage, open, root, test } from "./support";

const files = sirv(join(root, "dist/page"), { dev: true });

/** Serves the page with these headers, and what `other` answers beside it. */
async function host(headers: Record<string, string>, other: Record<string, string> = {}): Promise<{ url: string; close: () => void }> {
  const listener: RequestListener = (request, response) => {
    const page = other[new URL(request.url!, "http://host").pathname];
    if (page !== undefined) return response.setHeader("content-type", "text/html").end(page);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader("access-control-allow-origin", "*"); // a sandboxed page is of another origin than its own files
    files(request, response, () => void response.writeHead(404).end());
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

for (const [said, threads] of [
  ["undefined", 1],
  ["0", 1],
  ["-4", 1],
  ["NaN", 1],
  ["0.5", 1],
  ["2.5", 2],
  ["3", 3],
  ["1e9", 8],
] as const) {
  test(`a browser that says it has ${said} cores: ${threads} thread${threads > 1 ? "s" : ""}`, async ({ page }) => {
    const lie = `Object.defineProperty(self.navigator.constructor.prototype, "hardwareConcurrency", { get: () => ${said} });`;
    const { url, close } = await host(isolation);
    // The engine's worker asks for itself.
    await page.route(/assets\/worker-/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${lie}\n${await response.text()}` });
    });
    await open(page, url);
    expect((await infoInPage(page)).threads).toBe(threads);
    await generate(page, { variants: "2", length: "3" });
    await expect(cards(page)).toHaveCount(2);
    close();
  });
}

test.describe("pages that forbid things", () => {
  for (const [policy, message] of [
    ["require-trusted-types-for 'script'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'", /may not start workers.*Trusted Types/],
    ["script-src 'self'; worker-src 'self'", /forbids WebAssembly: add 'wasm-unsafe-eval'/],
    ["script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'", /Content-Security-Policy \(worker-src\)/],
    ["sandbox allow-scripts", /may not start workers.*allow-same-origin/],
  ] as const) {
    test(policy, async ({ page, problems }) => {
      const { url, close } = await host({ "content-security-policy": policy });
      const uncaught: string[] = [];
      page.on("pageerror", (error) => uncaught.push(String(error)));
      await page.goto(url);
      await expect(alert(page)).toContainText(message);
      // Asking for variants all the same says so again, and does not seem to work.
      await generateButton(page).click();
      await expect(alert(page)).toContainText(message);
      await expect(generateButton(page)).toBeVisible();
      expect(uncaught).toEqual([]);
      problems.length = 0; // the browser's own notes on what the policy forbids
      close();
    });
  }

  test("a frame that may not submit forms, nor keep anything, writes all the same", async ({ page, problems }) => {
    const { url, close } = await host({}, { "/frame": '<iframe sandbox="allow-scripts allow-same-origin" src="/" width="900" height="900"></iframe>' });
    await page.goto(`${url}/frame`);
    const frame = page.frameLocator("iframe");
    await expect(frame.locator(".facts")).toBeVisible();
    await frame.locator("[name=length]").fill("3");
    await frame.getByRole("button", { name: "Generate", exact: true }).click();
    await expect(frame.locator("variant-card .finish")).toHaveCount(5);
    // Enter in a field does the same.
    await frame.locator("[name=variants]").fill("2");
    await frame.locator("[name=variants]").press("Enter");
    await expect(frame.locator("variant-card .finish")).toHaveCount(2);
    problems.length = 0;
    close();
  });

  test("a frame of another origin without its own: words, and nothing uncaught", async ({ page, problems }) => {
    const { url, close } = await host({}, { "/frame": '<iframe sandbox="allow-scripts" src="/" width="900" height="900"></iframe>' });
    const uncaught: string[] = [];
    page.on("pageerror", (error) => uncaught.push(String(error)));
    await page.goto(`${url}/frame`);
    await expect(page.frameLocator("iframe").getByRole("alert")).toContainText(/may not start workers.*allow-same-origin/);
    expect(uncaught).toEqual([]);
    problems.length = 0;
    close();
  });
});

// docs/nginx.conf behind the real nginx: the headers that the hosting guide promises, and the page that runs with them.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { freePort } from "../network";
import { expect, generate, infoInPage, open, root, test, texts } from "./support";

const brotliModule = "/usr/share/nginx/modules/ngx_http_brotli_static_module.so";
const withBrotli = existsSync(brotliModule);
const forEver = "public, max-age=31536000, immutable";

let directory: string;
let nginx: ChildProcess;
let url: string;
let shard: string;
let assets: string[];

test.beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "variorum-nginx-"));
  const site = join(directory, "site");
  await cp(join(root, "dist/page"), site, { recursive: true });
  assets = ((await readdir(site, { recursive: true })) as string[]).filter((file) => /\.(js|wasm|css|json)$/.test(file));
  for (const file of assets) {
    const bytes = await readFile(join(site, file));
    await writeFile(join(site, `${file}.gz`), gzipSync(bytes));
    if (withBrotli) await writeFile(join(site, `${file}.br`), brotliCompressSync(bytes));
  }
  shard = (await readdir(join(site, "models/demo"))).find((file) => file.startsWith("model-00003-"))!;

  let config = (await readFile(join(root, "docs/nginx.conf"), "utf8")).replace("/srv/variorum", site);
  if (withBrotli) config = config.replace("#brotli_static", "brotli_static");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${directory}/${name};`).join("\n");
  await writeFile(
    join(directory, "nginx.conf"),
    `${withBrotli ? `load_module ${brotliModule};` : ""}
    daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
    events {}
    http { include /etc/nginx/mime.types; default_type application/octet-stream; access_log off; ${temporary} include ${directory}/site.conf; }`,
  );
  for (let tries = 5; !(await startNginx(config)); tries--) expect(tries).toBeGreaterThan(0);
  expect((await fetch(url)).status).toBe(200);
});

/** Starts nginx on a free port; false if another program was faster to take it. */
async function startNginx(config: string): Promise<boolean> {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await writeFile(join(directory, "site.conf"), config.replace("listen 8080", `listen 127.0.0.1:${port}`));
  // As root, nginx's workers would be of another user, who may not read a temporary directory.
  const user = process.getuid?.() === 0 ? ["-g", "user root;"] : [];
  nginx = spawn("nginx", ["-p", directory, "-c", join(directory, "nginx.conf"), ...user], {
    stdio: "inherit",
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  let ended = false;
  nginx.once("exit", () => (ended = true));
  // It writes this file once it listens.
  await expect.poll(() => ended || existsSync(join(directory, "pid"))).toBe(true);
  return !ended;
}

test.afterAll(async () => {
  const ended = new Promise((resolve) => nginx.once("exit", resolve));
  nginx.kill("SIGQUIT");
  await ended;
  await rm(directory, { recursive: true });
});

const head = (path: string, init: RequestInit = {}) => fetch(`${url}/${path}`, { method: "HEAD", ...init });

test("what has its hash in its name is kept for ever, the rest is asked about", async () => {
  const scripts = assets.filter((file) => /^(assets|wasm-)/.test(file));
  expect(scripts.length).toBeGreaterThan(3);
  for (const file of [...scripts, `models/demo/${shard}`]) expect((await head(file)).headers.get("cache-control")).toBe(forEver);
  for (const file of ["", "index.html", "service-worker.js", "models/demo/config.json", "models/demo/variorum.json"]) {
    const first = await head(file);
    expect(first.headers.get("cache-control")).toBe("no-cache");
    expect((await head(file, { headers: { "if-none-match": first.headers.get("etag")! } })).status).toBe(304);
  }
  const missing = await head("models/demo/model-00001-of-00002-0123456789abcdef.safetensors");
  expect([missing.status, missing.headers.get("cache-control")]).toEqual([404, null]);
});

test("scripts and wasm travel compressed and with their types, weights as they are, in any range", async () => {
  for (const file of assets.filter((file) => /\.(js|wasm)$/.test(file))) {
    const response = await fetch(`${url}/${file}`, { headers: { "accept-encoding": withBrotli ? "gzip, br" : "gzip" } });
    expect(response.headers.get("content-encoding")).toBe(withBrotli ? "br" : "gzip");
    expect(response.headers.get("content-type")).toMatch(file.endsWith(".wasm") ? /^application\/wasm$/ : /javascript/);
    expect(Buffer.from(await response.arrayBuffer()).equals(await readFile(join(directory, "site", file)))).toBe(true);
  }
  const path = `models/demo/${shard}`;
  const whole = await head(path, { headers: { "accept-encoding": "gzip, br" } });
  expect(whole.headers.get("content-encoding")).toBeNull();
  const { size } = await stat(join(directory, "site", path));
  expect(Number(whole.headers.get("content-length"))).toBe(size);
  const part = await fetch(`${url}/${path}`, { headers: { range: "bytes=100-199" } });
  expect([part.status, part.headers.get("content-range"), (await part.arrayBuffer()).byteLength]).toEqual([206, `bytes 100-199/${size}`, 100]);
});

test("models may be read from other origins, also in ranges", async () => {
  const file = `models/demo/${shard}`;
  const { headers } = await head(file);
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(headers.get("access-control-expose-headers")).toContain("Content-Range");
  expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  const preflight = await head(file, {
    method: "OPTIONS",
    headers: { origin: "https://elsewhere.example", "access-control-request-method": "GET", "access-control-request-headers": "range" },
  });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin"), preflight.headers.get("access-control-allow-headers")]).toEqual([
    204,
    "*",
    "Range",
  ]);
  expect((await head("index.html")).headers.get("access-control-allow-origin")).toBeNull();
});

test("the page loads its model through nginx, on threads, and writes", async ({ page }) => {
  await open(page, url);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect((await infoInPage(page)).threads).toBeGreaterThan(0);
  await generate(page, { prompt: "A fast web server that", seed: "1", length: "8" });
  expect(await texts(page)).toHaveLength(5);
});

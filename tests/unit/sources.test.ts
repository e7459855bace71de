// Every kind of checkpoint, through every source that can carry it: the same logits, to the bit.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FileSource } from "../../web/cli/file-source";
import { startServer } from "../../web/cli/server";
import { writeModelDirectory } from "../../web/cli/sharder";
import { Engine } from "../../web/engine/engine";
import { openSource } from "../../web/model/open-source";
import { HttpSource } from "../../web/model/sources/http-source";
import { standardTransfer } from "../../web/model/transfer/transfer";
import { HubServer } from "../hub-server";
import { MemoryStore } from "./memory-store";
import { hfFixtures, load, PatchedSource } from "./support";

const ids = [7, 8, 9, 10, 11];
const logits = async (engine: Engine) => (await engine.score(ids, { logits: true })).logits!;
// Small blocks, so that small files travel in several ranges too.
const transfer = { ...standardTransfer, blockBytes: 64 << 10 };

let scratch: string;
let site: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "variorum-sources-"));
  site = await startServer({ mounts: [{ path: "/", directory: hfFixtures }], port: 0 });
});
afterAll(async () => {
  site.server.closeAllConnections();
  site.server.close();
  await rm(scratch, { recursive: true });
});

describe.each(["base", "odd-head", "untied", "gelu-erf", "scaled", "relu-bf16", "f16-sharded", "no-prefix", "old-bin"])("%s", (name) => {
  const directory = join(hfFixtures, name);
  let expected: Float32Array[];
  beforeAll(async () => {
    expected = await logits(await load(directory, { weights: "f32" }));
  });

  test("from a static host, and in chunks of an odd size", async () => {
    expect(await logits(await Engine.load(new HttpSource(`${site.url}/${name}`), { weights: "f32" }, { store: new MemoryStore(), transfer }))).toEqual(
      expected,
    );
    expect(await logits(await Engine.load(new PatchedSource(directory, {}), { weights: "f32" }))).toEqual(expected);
  });

  test("from a hub, and then from storage alone", async () => {
    const hub = await HubServer.start(directory);
    const store = new MemoryStore();
    const source = await openSource({ hub: hub.repository, endpoint: hub.url }, store);
    try {
      expect(await logits(await Engine.load(source, { weights: "f32" }, { store, transfer }))).toEqual(expected);
    } finally {
      await hub.stop();
    }
    expect(await logits(await Engine.load(await openSource({ cached: source.id }, store), { weights: "f32" }, { store, transfer }))).toEqual(expected);
  });

  test("from files that a visitor chose", async () => {
    const files = await Promise.all(
      (await readdir(directory)).map(async (file) =>
        Object.assign(new File([await readFile(join(directory, file))], file), { webkitRelativePath: `${name}/${file}` }),
      ),
    );
    expect(await logits(await Engine.load(await openSource({ files }, null), { weights: "f32" }))).toEqual(expected);
  });

  test("from a model directory made of it", async () => {
    await writeModelDirectory(new FileSource(directory), join(scratch, name), "f32", 50_000, () => {});
    expect(await logits(await load(join(scratch, name)))).toEqual(expected);
  });
});

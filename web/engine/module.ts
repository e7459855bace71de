// Chooses, fetches and starts the wasm module.
import { VariorumError } from "../api/errors";
import type { ModuleVariant } from "../api/types";
import { supports } from "./features";
import { withThreads } from "./threads";
import type { WasmModule } from "./wasm";

const wasmPage = 65536;
const initialPages = (8 << 20) / wasmPage; // as CMake links it
const ceilingPages = 65536;

/** What workers share memory by; asked before startModule makes up for its missing name. WebKitGTK has none, isolated or not. */
const hasSharedArrayBuffer = typeof SharedArrayBuffer === "function";

/** The variant to run, given what was asked for. unsupported if it cannot run here. */
export function chooseVariant(asked: ModuleVariant | undefined): ModuleVariant {
  if (!supports("simd")) {
    throw new VariorumError("unsupported", "This browser has no WebAssembly SIMD: use Chrome 91, Firefox 89, Safari 16.4 or a later one.");
  }
  if (asked === undefined) return supports("relaxed") ? "relaxed" : "simd";
  if (asked !== "simd" && asked !== "relaxed") {
    throw new VariorumError("bad-option", `module is ${JSON.stringify(asked)}; it must be "simd" or "relaxed".`);
  }
  if (!supports(asked)) {
    throw new VariorumError("unsupported", "This browser has no relaxed SIMD: leave the module to be chosen, or choose simd.");
  }
  return asked;
}

/** Threads to run, given what was asked for. bad-option. */
export function chooseThreads(asked: number | undefined): number {
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 1 && asked <= 16)) {
    throw new VariorumError("bad-option", `threads is ${String(asked)}; it must be a whole number from 1 to 16.`);
  }
  // Only a cross-origin isolated page may share memory between threads; Node always may.
  const mayShare = hasSharedArrayBuffer && ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated ?? true);
  if (!mayShare) return 1;
  return asked ?? Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, 8);
}

/** A page that is not cross-origin isolated has shared memory, but not the name of its class, which Emscripten asks for. */
function named(memory: WebAssembly.Memory): WebAssembly.Memory {
  const buffer: object = memory.buffer;
  if (buffer instanceof ArrayBuffer) {
    throw new VariorumError("unsupported", "This browser cannot make the memory that the engine needs: use a current Chrome, Edge, Firefox or Safari.");
  }
  (globalThis as { SharedArrayBuffer?: unknown }).SharedArrayBuffer ??= buffer.constructor;
  return memory;
}

/** A memory that may grow to `bytes`, or to as much less as the browser grants: iOS refuses large maxima. */
function createMemory(bytes: number): WebAssembly.Memory {
  let maximum = Math.min(ceilingPages, Math.max(initialPages, Math.ceil(bytes / wasmPage)));
  for (;;) {
    try {
      return named(new WebAssembly.Memory({ initial: initialPages, maximum, shared: true }));
    } catch (cause) {
      if (cause instanceof VariorumError) throw cause;
      if (maximum === initialPages) {
        throw new VariorumError("out-of-memory", "This browser gives WebAssembly no memory: close other tabs and try again.", { cause });
      }
      maximum = Math.max(initialPages, Math.floor(maximum / 2));
    }
  }
}

export interface StartOptions {
  variant: ModuleVariant;
  threads: number;
  /** What memory may grow to. */
  maximumBytes: number;
}

/** unsupported, out-of-memory; network if the module or one of its threads does not start, twice. */
export async function startModule(options: StartOptions): Promise<WasmModule> {
  const url = new URL(`variorum-${options.variant}.js`, wasmDirectory()).href;
  const attempt = async (url: string) => {
    const wasmMemory = createMemory(options.maximumBytes);
    return withThreads(async () => {
      const { default: factory } = (await import(/* @vite-ignore */ url)) as { default: (overrides: object) => Promise<WasmModule> };
      return factory({ wasmMemory, threads: options.threads, print: () => {}, printErr: () => {} });
    });
  };
  try {
    return await attempt(url);
  } catch (error) {
    if (error instanceof VariorumError) throw error;
  }
  try {
    // Some browsers remember that an import failed; by another fragment it is another one.
    return await attempt(`${url}#again`);
  } catch (cause) {
    throw new VariorumError("network", `The engine could not be started from ${url}: check the connection, then try again.`, { cause });
  }
}

/** Where the build puts the modules (web/build/vite.page.config.ts). */
function wasmDirectory(): URL {
  return new URL(__VARIORUM_WASM__, import.meta.url);
}

// Runs the engine's tests, built for plain SIMD, in Node:
//   node tests/wasm/run-node.mjs [build/release/tests/wasm] [--gtest_filter=…]
// Prints GoogleTest's output; the last line is "N passed, N failed". Exit code 1 if a test failed or none ran.
import { spawn } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { finish, settings, timeLimit } from "./settings.mjs";

if (process.argv[2] === "--inside") {
  const [moduleUrl, ...args] = process.argv.slice(3);
  const { default: createModule } = await import(moduleUrl);
  const module = await createModule();
  process.exitCode = module.callMain(args);
} else {
  // In a process of its own: a test that never returns also blocks the timer that would end it.
  const { modulePath, args } = settings("simd");
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--inside", pathToFileURL(modulePath).href, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    finish(1, `The tests took longer than ${timeLimit / 60_000} minutes.`);
  }, timeLimit);
  child.on("exit", (code, signal) => {
    clearTimeout(timer);
    finish(code ?? 1, signal ? `The tests ended by ${signal}.` : undefined);
  });
}

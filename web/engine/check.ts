import { VariorumError } from "../api/errors";
import type { WasmResult } from "./wasm";

/** Throws what the wasm module reports as a failure. */
export function check(result: WasmResult): void {
  if (result.code !== "") throw new VariorumError(result.code, result.message);
}

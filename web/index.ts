// Variorum's public API.
export { loadModel, Model, Run } from "./engine/client";
export { VariorumError, type ErrorCode } from "./errors";
export type * from "./types";

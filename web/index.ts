// Variorum's public API.

export { type ErrorCode, VariorumError } from "./api/errors";
export type * from "./api/types";
export { loadModel, Model, Run } from "./engine/client";
export { deleteModel, listModels } from "./model/library";

// Variorum's public API.
export { loadModel, Model, Run } from "./engine/client";
export { deleteModel, listModels } from "./model/library";
export { VariorumError, type ErrorCode } from "./api/errors";
export type * from "./api/types";

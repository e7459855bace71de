// The errors that callers see. Everything else is a bug.

export type ErrorCode =
  | "bad-config" // config.json or another small file of the model is not what this engine runs
  | "bad-shard" // weights that are missing, damaged, or of another model
  | "bad-option" // an option or a prompt out of its range
  | "network" // a file could not be fetched
  | "quota" // the browser's storage is full
  | "out-of-memory"
  | "unsupported" // this browser or machine lacks something
  | "context-full" // prompt and continuation do not fit into the model's context
  | "gpu-lost"
  | "disposed"; // the model was disposed of

/** A failure with a code to act on and a message, one sentence, that says what to do. Nothing is left half loaded. */
export class VariorumError extends Error {
  override readonly name = "VariorumError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a call that the caller stopped rejects with, as `fetch` does. */
export function abortError(): DOMException {
  return new DOMException("The operation was stopped by its caller.", "AbortError");
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** An error as it crosses from the worker to the page. */
export interface ErrorMessage {
  code: ErrorCode | "AbortError" | null;
  message: string;
}

export function toMessage(error: unknown): ErrorMessage {
  if (error instanceof VariorumError) return { code: error.code, message: error.message };
  if (isAbort(error)) return { code: "AbortError", message: "" };
  return { code: null, message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

export function fromMessage({ code, message }: ErrorMessage): Error {
  if (code === "AbortError") return abortError();
  return code === null ? new Error(message) : new VariorumError(code, message);
}

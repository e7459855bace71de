// Patience with networks: which failures are worth another try, when, and when to give up.
import { abortError, VariorumError } from "../../api/errors";

/** A network failure that may pass. */
export class TemporaryError extends VariorumError {
  constructor(
    message: string,
    /** Milliseconds that the server asks to wait, if it does. */
    readonly retryAfter: number | null = null,
    options?: ErrorOptions,
  ) {
    super("network", message, options);
  }
}

export interface RetryPolicy {
  /** Milliseconds to wait before each further try; bytes that arrive set the count back. */
  delays: readonly number[];
  /** Waits that follow on those with a server that has already given something: it will come back. */
  furtherDelays: readonly number[];
  /** A connection that brings nothing for so many milliseconds is taken for broken. */
  stall: number;
  /** A server that asks to wait for longer than so many milliseconds is not waited for. */
  longestWait: number;
  /** A device that is offline is waited for so many milliseconds: a long tunnel. */
  longestOffline: number;
}

export const standardPolicy: RetryPolicy = {
  delays: [200, 400, 800, 1600],
  furtherDelays: [3000, 6000, 10_000],
  stall: 15_000,
  longestWait: 60_000,
  longestOffline: 600_000,
};

/** One task's patience: ask `afterFailure` whether to go on. */
export class Patience {
  #failures = 0;

  /** `proven`: whether the server has given anything in this load. */
  constructor(
    private readonly policy: RetryPolicy,
    private readonly signal?: AbortSignal,
    private readonly proven: () => boolean = () => false,
  ) {}

  /** Something arrived: the next failure counts as the first. */
  progress(): void {
    this.#failures = 0;
  }

  /** Resolves when it is time for another try; throws `error` if there is no point in one. */
  async afterFailure(error: unknown): Promise<void> {
    if (this.signal?.aborted) throw abortError();
    if (!(error instanceof TemporaryError)) throw error;
    if (isOffline()) {
      await this.#online();
      this.#failures = 0;
      return;
    }
    const { delays, furtherDelays } = this.policy;
    const delay = [...delays, ...(this.proven() ? furtherDelays : [])][this.#failures++];
    const wait = Math.max(delay ?? 0, error.retryAfter ?? 0);
    if (delay === undefined || wait > this.policy.longestWait) throw error;
    // Up to a quarter more, so that many visitors of a host that fell over do not come back at the same moment.
    await pause(wait * (1 + Math.random() / 4), this.signal);
  }

  async #online(): Promise<void> {
    for (const end = Date.now() + this.policy.longestOffline; isOffline() && Date.now() < end; ) await pause(250, this.signal);
    if (isOffline()) throw new VariorumError("network", "This device is offline: connect it, then try again; what has arrived is kept.");
  }
}

/** Tries `attempt` until it succeeds or patience ends. */
export async function withPatience<T>(policy: RetryPolicy, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  const patience = new Patience(policy, signal);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await patience.afterFailure(error);
    }
  }
}

/** The promise, or a TemporaryError if it takes longer than `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TemporaryError(`${what} brought nothing for ${ms / 1000} s: check the connection, then try again.`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const isOffline = () => globalThis.navigator?.onLine === false;

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(abortError());
      else resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });
}

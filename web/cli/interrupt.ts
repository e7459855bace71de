// Ctrl-C ends the command line with exit status 130.

const end = () => process.exit(130);

export function endOnInterrupt(): void {
  process.on("SIGINT", end);
}

/**
 * What `work` gives, which keeps the event loop busy for long: meanwhile Ctrl-C ends the process by the signal itself, which shells
 * report as 130 too.
 */
export function interruptible<T>(work: () => T): T {
  process.off("SIGINT", end);
  try {
    return work();
  } finally {
    endOnInterrupt();
  }
}

// One line of progress on stderr, if that is a terminal.

export class Progress {
  #label: string;
  #last = 0;
  #shown = false;

  constructor(label: string) {
    this.#label = label;
  }

  bytes(done: number, total: number | null): void {
    const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    this.show(total === null ? mega(done) : `${mega(done)} of ${mega(total)}`);
  }

  show(text: string): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#last < 100) return;
    this.#last = now;
    this.#shown = true;
    process.stderr.write(`\r\x1b[K${this.#label}: ${text}`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\x1b[K");
    this.#shown = false;
  }
}

// How far a load is, how fast it goes, and how long it will take.
import type { LoadNotice, LoadProgress } from "../../api/types";

/** Rates are over the last so many milliseconds. */
const window = 4000;

export class ProgressMeter {
  #progress: LoadProgress = { loaded: 0, total: null, cached: 0, rate: null, secondsLeft: null, notice: null };
  #tell: (progress: LoadProgress) => void;
  /** When so many bytes had come over the network, oldest first. */
  #marks: { time: number; bytes: number }[] = [];
  #fetched = 0;
  #trouble: LoadNotice | null = null;
  #lasting: LoadNotice | null = null;

  constructor(tell: (progress: LoadProgress) => void) {
    this.#tell = tell;
  }

  get loaded(): number {
    return this.#progress.loaded;
  }

  /** Bytes that came over the network. */
  get fetched(): number {
    return this.#fetched;
  }

  /** Bytes of all weight files; null while that of one is unknown. */
  setTotal(total: number | null): void {
    this.#progress.total = total;
    this.#report();
  }

  /** What the model will take in memory, in bytes; told with the next report. */
  setMemory(memory: number): void {
    this.#progress.memory = memory;
  }

  /** Bytes that arrived, over the network or from the browser's storage. */
  add(bytes: number, cached: boolean): void {
    this.#progress.loaded += bytes;
    if (cached) this.#progress.cached += bytes;
    else this.#measure(bytes);
    this.#report();
  }

  /** Bytes that turned out damaged and have to come again. */
  retract(bytes: number, cached: number): void {
    this.#progress.loaded -= bytes;
    this.#progress.cached -= cached;
    this.#report();
  }

  /** Everything comes again. */
  restart(): void {
    this.retract(this.#progress.loaded, this.#progress.cached);
  }

  /** What keeps the load waiting at the moment; null if nothing does. */
  trouble(trouble: LoadNotice | null): void {
    this.#trouble = trouble;
    this.#note();
  }

  /** What will not be mended during this load. */
  lasting(notice: LoadNotice): void {
    this.#lasting = notice;
    this.#note();
  }

  #note(): void {
    const notice = this.#trouble ?? this.#lasting;
    if (this.#progress.notice === notice) return;
    this.#progress.notice = notice;
    this.#report();
  }

  #measure(bytes: number): void {
    const time = performance.now();
    this.#fetched += bytes;
    const marks = this.#marks;
    // A mark for every twentieth of the window is enough.
    if (marks.length === 0 || time - marks.at(-1)!.time > window / 20) marks.push({ time, bytes: this.#fetched });
    while (marks.length > 1 && time - marks[0]!.time > window) marks.shift();
    const elapsed = time - marks[0]!.time;
    this.#progress.rate = elapsed > window / 20 ? ((this.#fetched - marks[0]!.bytes) / elapsed) * 1000 : null;
  }

  #report(): void {
    const progress = this.#progress;
    const { loaded, total, rate } = progress;
    if (total !== null && loaded > total) progress.total = null; // the server had said too little
    progress.secondsLeft = total === null || !rate ? null : Math.max(0, total - loaded) / rate;
    this.#tell({ ...progress });
  }
}

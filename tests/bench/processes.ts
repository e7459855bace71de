// What the system knows of processes (Linux, /proc): who belongs to a browser, how much memory and CPU they took.
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

interface Process {
  pid: number;
  parent: number;
}

function allProcesses(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const fields = statFields(Number(name));
      return fields ? [{ pid: Number(name), parent: Number(fields[1]) }] : [];
    });
}

/** Of /proc/PID/stat, what follows the command's name: state, parent, …; null if the process is gone. */
function statFields(pid: number): string[] | null {
  const text = readProc(`${pid}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return null; // it has ended
  }
}

/** A process and everything that it started. */
export function tree(root: number): number[] {
  const all = allProcesses();
  const members = [root];
  for (const pid of members) members.push(...all.filter(({ parent }) => parent === pid).map((process) => process.pid));
  return members;
}

/**
 * Peak resident bytes of the page's renderer in a browser's tree: the largest but for those of the browser's own windows, which
 * are larger than a blank page.
 */
export function rendererPeak(root: number): number {
  const peaks = tree(root)
    .filter((pid) => {
      const command = readProc(`${pid}/cmdline`);
      return command?.includes("--type=renderer") && !command.includes("--top-chrome-webui");
    })
    .map((pid) => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readProc(`${pid}/status`) ?? "")?.[1] ?? 0));
  return Math.max(0, ...peaks);
}

/** CPU time in clock ticks: of the whole machine, all and busy, and of some processes. */
export interface CpuTimes {
  total: number;
  busy: number;
  own: number;
}

/** `browser`: its process; null before it has started. This process is counted as the measurement's own too. */
export function cpuTimes(browser: number | null): CpuTimes {
  const [user, nice, system, idle, ioWait, interrupt, softInterrupt, steal] = readFileSync("/proc/stat", "utf8")
    .split("\n")[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number) as [number, number, number, number, number, number, number, number];
  const busy = user + nice + system + interrupt + softInterrupt;
  const own = [process.pid, ...(browser === null ? [] : tree(browser))].reduce((sum, pid) => {
    const fields = statFields(pid);
    return sum + (fields ? Number(fields[11]) + Number(fields[12]) : 0);
  }, 0);
  return { total: busy + idle + ioWait + steal, busy: busy + steal, own };
}

/** How many cores other processes kept busy between two times; what a host took from this machine counts as theirs. */
export function otherCores(before: CpuTimes, after: CpuTimes): number {
  const total = Math.max(1, after.total - before.total);
  return (Math.max(0, after.busy - before.busy - (after.own - before.own)) / total) * cpus().length;
}

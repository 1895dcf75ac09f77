import { readFileSync } from 'node:fs';

/** What the kernel says of a process: `T` is stopped, `R` and `S` live on; undefined: there is none. */
export function processState(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}

/** Milliseconds of a clock that all threads of a process share and nobody sets. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

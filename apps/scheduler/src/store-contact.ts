/** How long MySQL has answered without a break, by this process's own clock. */
export class StoreContact {
  private since = -Infinity;
  private last = -Infinity;

  /** @param breakMs silence for longer than this is a break, whoever was at fault: MySQL, the network or this process */
  constructor(private readonly breakMs: number) {}

  answered(): void {
    const now = performance.now();
    if (now - this.last > this.breakMs) this.since = now;
    this.last = now;
  }

  /** Milliseconds; 0 if MySQL is silent now. */
  get unbrokenFor(): number {
    const now = performance.now();
    return now - this.last > this.breakMs ? 0 : now - this.since;
  }
}

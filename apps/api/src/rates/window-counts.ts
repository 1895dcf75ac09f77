interface Count {
  /** Seen here and told to nobody yet. */
  own: number;
  /** Seen by all, as far as this process was told. */
  known: number;
}

/** Names in one window; more are forgotten, the oldest first, so that inventing names costs no memory. */
const NAMES = 20_000;

/** How often each name came within one window of time, here and elsewhere. */
export class WindowCounts {
  private readonly counts = new Map<string, Count>();

  constructor(readonly window: number) {}

  increment(name: string): number {
    const count = this.counts.get(name) ?? this.begin(name);
    count.own += 1;
    return count.known + count.own;
  }

  /** What was seen here and nobody was told, of names that came at least so often. */
  untold(from: number): Map<string, number> {
    const names = [...this.counts].filter(([, { own, known }]) => own > 0 && own + known >= from);
    return new Map(names.map(([name, { own }]) => [name, own]));
  }

  /** @param totals over all processes, in the order of what they were told */
  learn(told: ReadonlyMap<string, number>, totals: readonly number[]): void {
    [...told].forEach(([name, n], index) => {
      const count = this.counts.get(name);
      if (!count) return;
      count.own -= n;
      count.known = totals[index] ?? count.known + n;
    });
  }

  private begin(name: string): Count {
    if (this.counts.size >= NAMES) {
      const [oldest] = this.counts.keys();
      if (oldest !== undefined) this.counts.delete(oldest);
    }
    const count = { own: 0, known: 0 };
    this.counts.set(name, count);
    return count;
  }
}

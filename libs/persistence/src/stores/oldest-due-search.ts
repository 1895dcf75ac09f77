/** So many jobs of a queue and priority are looked at, few at first since one of them is usually the tenant's own. */
const LOOKED_AT = [4, 50, 500] as const;
/** In so many queues and priorities. */
const LOOKS = 30;

/** A queue and priority with due jobs, and how long the first of them has been due. */
export interface DueHead {
  readonly queue: string;
  readonly priority: number;
  readonly ageMs: number;
}

export interface Look {
  readonly head: DueHead;
  /** Only jobs that have waited longer are of use. */
  readonly longerMs: number;
  readonly limit: number;
}

export interface Looked {
  /** How many jobs there were, up to the limit. */
  readonly n: number;
  /** Of the tenant's own, if there was one. */
  readonly oldestMs: number | null;
  readonly lastMs: number | null;
}

/** A head that is looked into, a little deeper each time. */
interface Opened {
  readonly head: DueHead;
  readonly depth: number;
}

/** Decides where to look next for a tenant's oldest due job: into the heads, those first whose jobs are due longest. */
export class OldestDueSearch {
  oldestMs: number | undefined;
  private begun = 0;
  private open: readonly Opened[] = [];

  constructor(private readonly heads: readonly DueHead[]) {}

  /**
   * Into so many heads at once as may each hold an older job than the tenant's oldest that is known: one that is younger
   * itself holds none. @returns no look when it is over
   */
  next(abreast: number): readonly Look[] {
    this.open = this.open.filter(({ head }) => this.mayHoldOlder(head));
    const fresh = this.heads.slice(this.begun, Math.min(LOOKS, this.begun + abreast - this.open.length));
    this.begun += fresh.length;
    const opened = fresh.filter((head) => this.mayHoldOlder(head)).map((head) => ({ head, depth: 0 }));
    this.open = [...this.open, ...opened];
    if (this.open.length === 0) this.settleForNextHead();
    const longerMs = this.oldestMs ?? 0;
    return this.open.map(({ head, depth }) => ({ head, longerMs, limit: LOOKED_AT[depth] ?? 0 }));
  }

  /** What the last looks have found, in their order. */
  learn(looked: readonly Looked[]): void {
    const unsure: Opened[] = [];
    for (const [at, { n, oldestMs, lastMs }] of looked.entries()) {
      const each = this.open[at];
      if (!each) continue;
      const isFound = oldestMs !== null || n < (LOOKED_AT[each.depth] ?? 0);
      if (!isFound && each.depth + 1 < LOOKED_AT.length) unsure.push({ ...each, depth: each.depth + 1 });
      else this.note(isFound ? oldestMs : lastMs);
    }
    this.open = unsure;
  }

  private mayHoldOlder({ ageMs }: DueHead): boolean {
    return this.oldestMs === undefined || this.oldestMs < ageMs;
  }

  private note(ageMs: number | null): void {
    if (ageMs !== null) this.oldestMs = Math.max(ageMs, this.oldestMs ?? 0);
  }

  /** Of the heads that are too many to be looked into, the first tells what the tenant's own is at most. */
  private settleForNextHead(): void {
    const next = this.heads[this.begun];
    if (this.begun === LOOKS && next && this.mayHoldOlder(next)) this.oldestMs = next.ageMs;
  }
}

/** So many jobs of a queue and priority are looked at, few at first since one of them is usually the tenant's own. */
const LOOKED_AT = [10, 100, 500] as const;
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

/** Decides where to look next for a tenant's oldest due job: into the heads, that first whose job is due longest. */
export class OldestDueSearch {
  oldestMs: number | undefined;
  private at = 0;
  private depth = 0;

  constructor(private readonly heads: readonly DueHead[]) {}

  /** A head that is younger than the tenant's own job holds none that is older. @returns undefined when it is over */
  next(): Look | undefined {
    const head = this.heads[this.at];
    const longerMs = this.oldestMs ?? 0;
    if (!head || (this.oldestMs !== undefined && longerMs >= head.ageMs)) return undefined;
    if (this.at === LOOKS) this.oldestMs = head.ageMs;
    else return { head, longerMs, limit: LOOKED_AT[this.depth] ?? 0 };
    return undefined;
  }

  /** What the last look has found. */
  learn({ n, oldestMs, lastMs }: Looked): void {
    const isFound = oldestMs !== null || n < (LOOKED_AT[this.depth] ?? 0);
    if (!isFound && this.depth + 1 < LOOKED_AT.length) {
      this.depth += 1;
      return;
    }
    this.oldestMs = (isFound ? oldestMs : lastMs) ?? this.oldestMs;
    this.at += 1;
    this.depth = 0;
  }
}

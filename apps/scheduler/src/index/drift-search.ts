import type { IndexEntry, Instant, JobId } from '@holdfast/domain';
import type { Ends, Page, PendingHead, Stretch, WalkPosition } from '@holdfast/persistence';

export interface SearchPorts {
  readonly jobs: {
    findEnds(queue: string, stretches: readonly Stretch[], limit: number): Promise<Ends>;
    findPage(queue: string, priority: number, after: WalkPosition, until: Instant, limit: number): Promise<Page>;
  };
  readonly index: {
    firstReady(queue: string, priorities: readonly number[]): Promise<ReadonlyMap<number, Instant>>;
    findMissing(queue: string, entries: readonly IndexEntry[]): Promise<JobId[]>;
  };
}

export interface SearchOptions {
  /** Jobs looked at in one step. */
  readonly pageSize: number;
  /** Jobs looked at at each end of a stretch, however many stretches there are. */
  readonly leastOfAnEnd: number;
  /** Pages between the ends, for each queue and run. */
  readonly pagesPerRun: number;
}

/**
 * Searches the due jobs of a queue for some that the index should know and does not. Jobs start in the order of the index,
 * so a missing one matters only when it stands before the first one that is ready: what lies before that is read, which
 * usually is what workers are claiming just now. Where jobs take turns every due job may be the next, and thousands may wait
 * at a gate or for their tenant. So each run looks at both ends of each priority, where those stand that nobody else is
 * before and those that came last, and goes on with what lies between.
 */
export class DriftSearch {
  /** How far the walk between the ends is, by priority: the one whose turn it is comes first. */
  private readonly walks = new Map<number, WalkPosition>();

  constructor(
    private readonly queue: string,
    private readonly ports: SearchPorts,
    private readonly options: SearchOptions,
  ) {}

  /** @param found what is missing, also of a search that fails midway */
  async run(heads: readonly PendingHead[], until: Instant, found: Map<JobId, IndexEntry>): Promise<void> {
    const stretches = await this.beforeTheFirstReady(heads, until);
    await this.lookAtEnds(stretches, found);
    await this.walkOn(new Map(stretches.map(({ priority, until }) => [priority, until])), found);
  }

  private async beforeTheFirstReady(heads: readonly PendingHead[], until: Instant): Promise<Stretch[]> {
    const firstReady = await this.ports.index.firstReady(
      this.queue,
      heads.map(({ priority }) => priority),
    );
    return heads
      .map(({ priority, firstRunAt }) => ({
        priority,
        from: firstRunAt,
        until: Math.min(until, firstReady.get(priority) ?? until),
      }))
      .filter((stretch) => stretch.from < stretch.until);
  }

  /** As many at a time as fill a page; the fewer priorities there are, the more of each. */
  private async lookAtEnds(stretches: readonly Stretch[], found: Map<JobId, IndexEntry>): Promise<void> {
    const { pageSize, leastOfAnEnd } = this.options;
    const size = Math.max(leastOfAnEnd, Math.floor(pageSize / (2 * stretches.length)));
    const atOnce = Math.floor(pageSize / (2 * size));
    const middles = new Map<number, WalkPosition>();
    for (let first = 0; first < stretches.length; first += atOnce) {
      const ends = await this.ports.jobs.findEnds(this.queue, stretches.slice(first, first + atOnce), size);
      for (const [priority, middle] of ends.middles) middles.set(priority, middle);
      await this.compare(ends.entries, found);
    }
    for (const priority of this.walks.keys()) if (!middles.has(priority)) this.walks.delete(priority);
    for (const [priority, middle] of middles) if (!this.walks.has(priority)) this.walks.set(priority, middle);
  }

  /** A page of one priority, then of the next: no number of jobs that nobody takes hides what follows for good. */
  private async walkOn(untils: ReadonlyMap<number, Instant>, found: Map<JobId, IndexEntry>): Promise<void> {
    for (let page = 0; page < this.options.pagesPerRun; page++) {
      const [walk] = this.walks;
      if (!walk) return;
      const [priority, position] = walk;
      const until = untils.get(priority) ?? 0;
      const { entries, next } = await this.ports.jobs.findPage(
        this.queue,
        priority,
        position,
        until,
        this.options.pageSize,
      );
      await this.compare(entries, found);
      this.walks.delete(priority);
      if (next) this.walks.set(priority, next);
    }
  }

  private async compare(entries: readonly IndexEntry[], found: Map<JobId, IndexEntry>): Promise<void> {
    if (entries.length === 0) return;
    const missing = new Set(await this.ports.index.findMissing(this.queue, entries));
    for (const entry of entries) if (missing.has(entry.id)) found.set(entry.id, entry);
  }
}

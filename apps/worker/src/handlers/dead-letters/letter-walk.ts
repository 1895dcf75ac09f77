import { Injectable } from '@nestjs/common';
import { stateCounts, type Instant, type JobId } from '@holdfast/domain';
import { BookStore, JobListStore, StoreClock, type LettersDone, type LetterTimes } from '@holdfast/persistence';
import type { JobContext } from '../../handling/job-context.ts';
import type { LetterFilter } from './letter-filter.ts';

/** Does something to dead letters, to each at most once. */
export type LetterOperation = (
  tenant: string,
  ids: readonly JobId[],
  now: Instant,
  times: LetterTimes,
) => Promise<LettersDone>;

interface Walk {
  readonly filter: LetterFilter;
  readonly context: JobContext;
  readonly operation: LetterOperation;
}

/** A stretch of the way, recorded when it is done. */
interface Part {
  readonly done: number;
  /** Where the next one begins; null: this was the last. */
  readonly next: JobId | null;
}

/** Dead letters that one transaction changes: short enough that nobody waits for its locks. */
export const PAGE = 250;
/** The first part has so many pages, and each further one as many more: a job may have a hundred steps, for five million letters. */
const PAGES_MORE = 4;

/** Walks the dead letters of a job's tenant, the newest first. If its worker is lost, another goes on after the last recorded part. */
@Injectable()
export class LetterWalk {
  constructor(
    private readonly lists: JobListStore,
    private readonly books: BookStore,
    private readonly clock: StoreClock,
  ) {}

  /** @returns how many were done, without those of a part whose worker was lost before it recorded it */
  async walk(walk: Walk): Promise<number> {
    const { tenant, step, progress } = walk.context;
    const letters = stateCounts(await this.books.balance(tenant, walk.filter.queue)).dead;
    let doneBefore: number | undefined; // by earlier attempts
    let done = 0;
    let next: JobId | null | undefined;
    for (let n = 1; next !== null; n++) {
      const [before, from] = [done, next];
      const report = (more: number): void =>
        progress({ done: before + more, ofAtMost: (doneBefore ??= before) + letters });
      const part: Part = await step(`part ${n}`, () => this.doPart(walk, from, n * PAGES_MORE, report));
      done += part.done;
      next = part.next;
    }
    return done;
  }

  /** Told to stop it ends early, and whole, so that what it did is recorded. */
  private async doPart(
    { filter, context: { tenant, signal }, operation }: Walk,
    from: JobId | undefined,
    pages: number,
    report: (done: number) => void,
  ): Promise<Part> {
    const { diedFrom, diedBefore, ...where } = filter;
    let [done, next] = [0, from];
    for (let page = 1; ; page++) {
      const found = await this.lists.find(tenant, { ...where, state: 'dead' }, PAGE, next);
      const times = { from: diedFrom, before: diedBefore };
      if (found.ids.length > 0) done += (await operation(tenant, found.ids, this.clock.now(), times)).done.length;
      report(done);
      next = found.next;
      if (next === undefined || page >= pages || signal.aborted) return { done, next: next ?? null };
    }
  }
}

import { shownState, type Instant, type JobId, type JobState } from '@holdfast/domain';
import { DeadLetterStore, JobListStore, StoreClock, type LettersDone, type LetterTimes } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { toCursor } from '../http/page.ts';
import { IndexAnnouncer } from '../jobs/index-announcer.ts';
import type { LetterChoice, LetterOutcome, LetterOutcomes } from './letter-choice.schema.ts';

/** Dead letters that one transaction changes: short enough that nobody waits for its locks. */
const STEP = 250;

type Operation = (tenant: string, ids: readonly JobId[], now: Instant, times: LetterTimes) => Promise<LettersDone>;

/** Retries and discards dead letters in bounded steps: of a filter one step a call, which says where to go on. */
@Injectable()
export class DeadLetterOperator {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly store: DeadLetterStore,
    private readonly lists: JobListStore,
    private readonly clock: StoreClock,
    private readonly announcer: IndexAnnouncer,
  ) {}

  async retry(tenant: string, choice: LetterChoice): Promise<LetterOutcomes> {
    const retry: Operation = async (...values) => {
      const result = await this.store.retry(...values);
      this.announcer.announceJobs(result.done);
      return result;
    };
    return this.operate(tenant, choice, retry, 'retried');
  }

  async discard(tenant: string, choice: LetterChoice): Promise<LetterOutcomes> {
    return this.operate(tenant, choice, (...values) => this.store.discard(...values), 'discarded');
  }

  private async operate(
    tenant: string,
    { ids, filter, cursor }: LetterChoice,
    operation: Operation,
    done: string,
  ): Promise<LetterOutcomes> {
    const outcomes: LetterOutcome[] = [];
    const { chosen, next } = ids
      ? { chosen: [...new Set(ids)], next: undefined }
      : await this.find(tenant, filter, cursor);
    const times = { from: filter?.diedFrom, before: filter?.diedBefore };
    for (let first = 0; first < chosen.length; first += STEP) {
      const step = chosen.slice(first, first + STEP);
      outcomes.push(...outcomesOf(step, await operation(tenant, step, this.clock.now(), times)));
    }
    const items = ids ? outcomes : outcomes.filter(({ status }) => status === 200);
    this.logger.log({ msg: `dead letters ${done}`, tenant, n: items.filter(({ status }) => status === 200).length });
    return { items, nextCursor: next === undefined ? null : toCursor(next) };
  }

  private async find(tenant: string, filter: LetterChoice['filter'], cursor: JobId | undefined) {
    const { queue, type, tag } = filter ?? {};
    const { ids, next } = await this.lists.find(tenant, { queue, type, tag, state: 'dead' }, STEP, cursor);
    return { chosen: ids, next };
  }
}

function outcomesOf(ids: readonly JobId[], { done, others }: LettersDone): LetterOutcome[] {
  const finished = new Set(done.map(({ id }) => id));
  return ids.map((id) =>
    finished.has(id) ? { id, status: 200, code: null, state: null } : refused(id, others.get(id)),
  );
}

function refused(id: JobId, state: JobState | undefined): LetterOutcome {
  if (state === undefined) return { id, status: 404, code: 'not-found', state: null };
  return { id, status: 409, code: 'state-forbids', state: shownState(state, 0, 0) };
}

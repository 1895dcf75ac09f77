import { shownState, type Instant, type JobId, type JobState } from '@holdfast/domain';
import { DeadLetterStore, StoreClock, type LettersDone } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import type { LetterOutcome, LetterOutcomes } from './letter-choice.schema.ts';

/** Dead letters that one transaction changes: short enough that nobody waits for its locks. */
const STEP = 250;

type Operation = (tenant: string, ids: readonly JobId[], now: Instant) => Promise<LettersDone>;

/** Retries and discards dead letters by their ids, in bounded steps, and answers for each. */
@Injectable()
export class DeadLetterOperator {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly store: DeadLetterStore,
    private readonly clock: StoreClock,
  ) {}

  async retry(tenant: string, ids: readonly JobId[]): Promise<LetterOutcomes> {
    return this.operate(tenant, ids, (...values) => this.store.retry(...values), 'retried');
  }

  async discard(tenant: string, ids: readonly JobId[]): Promise<LetterOutcomes> {
    return this.operate(tenant, ids, (...values) => this.store.discard(...values), 'discarded');
  }

  private async operate(
    tenant: string,
    ids: readonly JobId[],
    operation: Operation,
    done: string,
  ): Promise<LetterOutcomes> {
    const chosen = [...new Set(ids)];
    const items: LetterOutcome[] = [];
    for (let first = 0; first < chosen.length; first += STEP) {
      const step = chosen.slice(first, first + STEP);
      items.push(...outcomesOf(step, await operation(tenant, step, this.clock.now())));
    }
    this.logger.log({ msg: `dead letters ${done}`, tenant, n: items.filter(({ status }) => status === 200).length });
    return { items };
  }
}

function outcomesOf(ids: readonly JobId[], { done, others, held }: LettersDone): LetterOutcome[] {
  const finished = new Set(done.map(({ id }) => id));
  return ids.map((id) =>
    finished.has(id) ? { id, status: 200, code: null, state: null } : refused(id, others.get(id), held.has(id)),
  );
}

function refused(id: JobId, state: JobState | undefined, isHeld: boolean): LetterOutcome {
  if (isHeld) return { id, status: 409, code: 'unique-key-held', state: null };
  if (state === undefined) return { id, status: 404, code: 'not-found', state: null };
  if (state === 'dead') return { id, status: 409, code: 'own-job', state: null };
  return { id, status: 409, code: 'state-forbids', state: shownState(state, 0, 0) };
}

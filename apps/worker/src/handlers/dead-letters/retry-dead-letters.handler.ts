import { OWN_TYPES } from '@holdfast/domain';
import { DeadLetterStore } from '@holdfast/persistence';
import { RedisReadyIndex } from '@holdfast/queue';
import type { Handler, JobContext } from '../../handling/job-context.ts';
import { JobHandler } from '../../handling/job-handler.decorator.ts';
import { LetterFilter } from './letter-filter.ts';
import { LetterWalk, type LetterOperation } from './letter-walk.ts';

/** Runs the dead letters again that a filter finds. */
@JobHandler(OWN_TYPES.retryDeadLetters, LetterFilter)
export class RetryDeadLettersHandler implements Handler<LetterFilter> {
  constructor(
    private readonly letters: LetterWalk,
    private readonly store: DeadLetterStore,
    private readonly index: RedisReadyIndex,
  ) {}

  async handle(filter: LetterFilter, context: JobContext): Promise<{ retried: number }> {
    const operation: LetterOperation = async (...values) => {
      const result = await this.store.retry(...values);
      await this.index.add(result.done).catch(() => undefined); // what the index was not told, a scheduler finds
      return result;
    };
    return { retried: await this.letters.walk({ filter, context, operation }) };
  }
}

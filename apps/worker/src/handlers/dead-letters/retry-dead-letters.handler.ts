import { OWN_TYPES } from '@holdfast/domain';
import { DeadLetterStore } from '@holdfast/persistence';
import type { Handler, JobContext } from '../../handling/job-context.ts';
import { JobHandler } from '../../handling/job-handler.decorator.ts';
import { LetterFilter } from './letter-filter.ts';
import { LetterWalk } from './letter-walk.ts';

/** Runs the dead letters again that a filter finds. */
@JobHandler(OWN_TYPES.retryDeadLetters, LetterFilter)
export class RetryDeadLettersHandler implements Handler<LetterFilter> {
  constructor(
    private readonly letters: LetterWalk,
    private readonly store: DeadLetterStore,
  ) {}

  async handle(filter: LetterFilter, context: JobContext): Promise<{ retried: number }> {
    const operation = this.store.retry.bind(this.store);
    return { retried: await this.letters.walk({ filter, context, operation }) };
  }
}

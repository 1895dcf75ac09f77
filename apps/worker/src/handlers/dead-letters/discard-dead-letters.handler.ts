import { OWN_TYPES } from '@holdfast/domain';
import { DeadLetterStore } from '@holdfast/persistence';
import type { Handler, JobContext } from '../../handling/job-context.ts';
import { JobHandler } from '../../handling/job-handler.decorator.ts';
import { LetterFilter } from './letter-filter.ts';
import { LetterWalk } from './letter-walk.ts';

/** Deletes the dead letters that a filter finds. */
@JobHandler(OWN_TYPES.discardDeadLetters, LetterFilter)
export class DiscardDeadLettersHandler implements Handler<LetterFilter> {
  constructor(
    private readonly letters: LetterWalk,
    private readonly store: DeadLetterStore,
  ) {}

  async handle(filter: LetterFilter, context: JobContext): Promise<{ discarded: number }> {
    const operation = this.store.discard.bind(this.store);
    return { discarded: await this.letters.walk({ filter, context, operation }) };
  }
}

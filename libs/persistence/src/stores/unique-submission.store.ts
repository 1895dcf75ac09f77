import type { NewJob, UniqueAnswer, UniqueSubmissions } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { isDuplicateKey } from '../database/database-errors.ts';
import { DELETE_ENDED_UNIQUE_KEYS, SELECT_ENDED_UNIQUE_KEYS } from '../statements/unique.ts';
import { takenIds } from './job-submission.store.ts';
import { KeyHeldError } from './key-held-error.ts';
import { Placing } from './placing.ts';

type Submission = readonly NewJob[];

/** Makes submissions durable of which some jobs have a unique key. */
export class UniqueSubmissionStore implements UniqueSubmissions {
  constructor(private readonly database: Database) {}

  /** Together as a rule; one by one if one of them is refused, so that the others still succeed. */
  async insert(submissions: readonly Submission[]): Promise<readonly UniqueAnswer[]> {
    try {
      return await this.place(submissions);
    } catch (error) {
      if (!isDuplicateKey(error) && !(error instanceof KeyHeldError)) throw error;
    }
    const answers: UniqueAnswer[] = [];
    for (const submission of submissions) answers.push(await this.placeUnlessRefused(submission));
    return answers;
  }

  /** @returns how many windows that are over were forgotten, at most `limit` */
  async prune(limit: number): Promise<number> {
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_ENDED_UNIQUE_KEYS, [limit]);
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id).sort((a, b) => a.compare(b));
    return this.database.change(DELETE_ENDED_UNIQUE_KEYS, [ids]);
  }

  private async place(submissions: readonly Submission[]): Promise<UniqueAnswer[]> {
    const placing = new Placing();
    const placements = await this.database.transaction((session, attempt) =>
      placing.place(session, submissions, attempt),
    );
    return submissions.map((each) => ({ kind: 'placed', placements: placements.get(each) ?? [] }));
  }

  private async placeUnlessRefused(submission: Submission): Promise<UniqueAnswer> {
    try {
      const [answer] = await this.place([submission]);
      if (!answer) throw new Error('One submission gets one answer.');
      return answer;
    } catch (error) {
      if (error instanceof KeyHeldError) return { kind: 'held', wantedBy: error.wantedBy, holder: error.holder };
      if (!isDuplicateKey(error)) throw error;
      return { kind: 'taken', ids: await takenIds(this.database, submission) };
    }
  }
}

import type { JobId } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, inIdOrder } from '../database/identifiers.ts';
import { SELECT_UNFINISHED } from '../statements/watch.ts';

/** Tells whoever waits for jobs which of them have finished, however many wait, with one statement. */
export class UnfinishedJobStore {
  constructor(private readonly database: Database) {}

  /** @returns those that still wait or run; the rest has finished or is gone */
  async among(ids: readonly JobId[]): Promise<ReadonlySet<JobId>> {
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_UNFINISHED, [inIdOrder(ids)]);
    return new Set(rows.map(({ id }) => fromBytes(id)));
  }
}

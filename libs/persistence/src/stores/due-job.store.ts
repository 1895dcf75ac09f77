import type { Database, Row } from '../database/database.ts';
import { COUNT_DUE, COUNT_DUE_IN_QUEUE } from '../statements/count.ts';

export interface DueJobs {
  readonly queue: string;
  readonly n: number;
  /** How long the one that is due longest has been so. */
  readonly oldestAgeMs: number;
}

/** Counts what is due: the one thing that the books cannot know, since becoming due needs no write. */
export class DueJobStore {
  constructor(private readonly database: Database) {}

  /** Of one queue, or of every queue that has a due job. */
  async countByQueue(tenant: string, queue?: string): Promise<DueJobs[]> {
    const rows = await (queue === undefined
      ? this.database.rows<DueRow>(COUNT_DUE, [tenant])
      : this.database.rows<DueRow>(COUNT_DUE_IN_QUEUE, [tenant, queue]));
    return rows.map((row) => ({
      queue: row.queue,
      n: row.n,
      oldestAgeMs: Math.max(0, Math.floor(row.oldestMicroseconds / 1000)),
    }));
  }
}

interface DueRow extends Row {
  queue: string;
  n: number;
  oldestMicroseconds: number;
}

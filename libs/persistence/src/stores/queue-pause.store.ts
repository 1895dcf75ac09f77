import type { Instant } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { DELETE_PAUSE, INSERT_PAUSE, SELECT_PAUSED_QUEUES, SELECT_PAUSES } from '../statements/pause.ts';

export interface QueuePause {
  readonly queue: string;
  readonly since: Instant;
  /** Subject of the token. */
  readonly by: string;
}

const SUBJECT_LENGTH = 255;

/** Which queues a tenant has paused. From the commit on no claim takes a job of theirs. */
export class QueuePauseStore {
  constructor(private readonly database: Database) {}

  async pause(tenant: string, queue: string, by: string): Promise<void> {
    await this.database.change(INSERT_PAUSE, [queue, tenant, by.slice(0, SUBJECT_LENGTH)]);
  }

  /** @returns whether it was paused */
  async resume(tenant: string, queue: string): Promise<boolean> {
    return (await this.database.change(DELETE_PAUSE, [queue, tenant])) === 1;
  }

  /** By name. */
  async find(tenant: string): Promise<QueuePause[]> {
    const rows = await this.database.rows<Row & { queue: string; paused_at: Date; paused_by: string }>(SELECT_PAUSES, [
      tenant,
    ]);
    return rows.map((row) => ({ queue: row.queue, since: row.paused_at.getTime(), by: row.paused_by }));
  }

  /** Those that some tenant has paused. */
  async findPausedQueues(): Promise<ReadonlySet<string>> {
    const rows = await this.database.rows<Row & { queue: string }>(SELECT_PAUSED_QUEUES);
    return new Set(rows.map(({ queue }) => queue));
  }
}

import type { WorkerId } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import { COUNT_EVERYTHING_RUNNING, COUNT_RUNNING } from '../statements/count.ts';

/** Counts what runs where: no more rows than all workers have slots. */
export class RunningJobStore {
  constructor(private readonly database: Database) {}

  /** Whoever's jobs they are: which slots are taken. */
  async countByEveryWorker(): Promise<Map<WorkerId, number>> {
    const rows = await this.database.rows<Row & { workerId: Buffer; n: number }>(COUNT_EVERYTHING_RUNNING);
    return new Map(rows.map(({ workerId, n }) => [fromBytes(workerId), n]));
  }

  async countByWorker(tenant: string): Promise<Map<WorkerId, number>> {
    const rows = await this.database.rows<Row & { workerId: Buffer; n: number }>(COUNT_RUNNING, [tenant]);
    return new Map(rows.map(({ workerId, n }) => [fromBytes(workerId), n]));
  }
}

import type { Database, Row } from '../database/database.ts';
import { END_REBUILD, EXTEND_REBUILD, WIN_REBUILD } from '../statements/pass.ts';
import { INSERT_QUEUE, SELECT_QUEUES } from '../statements/submit.ts';

export class QueueStore {
  constructor(private readonly database: Database) {}

  async findNames(): Promise<string[]> {
    const rows = await this.database.rows<Row & { name: string }>(SELECT_QUEUES);
    return rows.map(({ name }) => name);
  }

  /** @returns those of the names that were new */
  async create(names: readonly string[]): Promise<string[]> {
    const created: string[] = [];
    for (const name of names) {
      if ((await this.database.change(INSERT_QUEUE, [name])) === 1) created.push(name);
    }
    return created;
  }

  /** @returns whether this caller is the one to rebuild the queue's index until the lease ends */
  async winRebuild(queue: string, leaseMs: number): Promise<boolean> {
    return (await this.database.change(WIN_REBUILD, [leaseMs * 1000, queue])) === 1;
  }

  async extendRebuild(queue: string, leaseMs: number): Promise<void> {
    await this.database.change(EXTEND_REBUILD, [leaseMs * 1000, queue]);
  }

  async endRebuild(queue: string): Promise<void> {
    await this.database.change(END_REBUILD, [queue]);
  }
}

import type { Database, Row } from '../database/database.ts';
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
}

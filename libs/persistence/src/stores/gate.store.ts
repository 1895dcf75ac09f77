import type { Database } from '../database/database.ts';
import { DELETE_UNUSED_GATES } from '../statements/limits.ts';

/** The rows that claims lock while they count what runs. */
export class GateStore {
  constructor(private readonly database: Database) {}

  /** Forgets gates that nobody came to since the day that was so long ago. @returns how many */
  async prune(olderThanSeconds: number, limit: number): Promise<number> {
    return this.database.change(DELETE_UNUSED_GATES, [olderThanSeconds, limit]);
  }
}

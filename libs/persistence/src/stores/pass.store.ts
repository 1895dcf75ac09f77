import type { Instant } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { INSERT_PASSES, MOVE_WATERMARK, SELECT_PASS, WIN_PASS } from '../statements/pass.ts';

/** A row per pass says when it is next due; no replica leads, one wins each run. */
export class PassStore {
  constructor(private readonly database: Database) {}

  async register(name: string): Promise<void> {
    await this.database.change(INSERT_PASSES, [name]);
  }

  /** @returns 0 if this scheduler won the run, else the milliseconds until the next one is due */
  async win(name: string, schedulerId: string, intervalMs: number): Promise<number> {
    const won = await this.database.change(WIN_PASS, [
      intervalMs * 1000,
      toBytes(schedulerId),
      name,
      intervalMs * 1000,
    ]);
    if (won === 1) return 0;
    const [row] = await this.database.rows<Row & { waitMicroseconds: number }>(SELECT_PASS, [name]);
    return Math.max(1, Math.ceil((row?.waitMicroseconds ?? intervalMs * 1000) / 1000));
  }

  async findWatermark(name: string): Promise<Instant | undefined> {
    const [row] = await this.database.rows<Row & { watermark: Date | null }>(SELECT_PASS, [name]);
    return row?.watermark?.getTime();
  }

  async moveWatermark(name: string, to: Instant): Promise<void> {
    await this.database.change(MOVE_WATERMARK, [new Date(to), name]);
  }
}

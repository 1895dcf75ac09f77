import {
  JOB_LIMITS,
  type ClaimedJob,
  type JobId,
  type JobLogs,
  type LoggedLine,
  type LogLine,
  type LogPosition,
  type WorkerId,
} from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { APPEND_LOG_LINES, DELETE_OLD_LOG_LINES, HOLD_JOBS, SELECT_LOG_LINES } from '../statements/log.ts';

/** The lines that handlers keep with their jobs. */
export class JobLogStore implements JobLogs {
  constructor(private readonly database: Database) {}

  async append(workerId: WorkerId, lines: readonly LoggedLine[]): Promise<void> {
    const ids = inIdOrder([...new Set(lines.map(({ id }) => id))]);
    await this.database.transaction(async (session) => {
      const held = await session.rows<Row & { id: Buffer; fence: number }>(HOLD_JOBS, [ids, toBytes(workerId)]);
      const fences = new Map(held.map(({ id, fence }) => [fromBytes(id), fence]));
      const rows = lines.filter(({ id, fence }) => fences.get(id) === fence).map(toRow);
      if (rows.length > 0) await session.change(APPEND_LOG_LINES, [rows]);
    });
  }

  async forgetOld({ id, fence }: ClaimedJob): Promise<void> {
    await this.database.change(DELETE_OLD_LOG_LINES, [toBytes(id), fence - JOB_LIMITS.loggedAttempts + 1]);
  }

  async list(id: JobId, { fence, number }: LogPosition, limit: number): Promise<readonly LogLine[]> {
    const rows = await this.database.rows<Row & Omit<LogLine, 'at'> & { logged_at: Date }>(SELECT_LOG_LINES, [
      toBytes(id),
      fence,
      fence,
      number,
      limit,
    ]);
    return rows.map(({ logged_at, ...row }) => ({
      fence: row.fence,
      number: row.number,
      attempt: row.attempt,
      at: logged_at.getTime(),
      line: row.line,
    }));
  }
}

function toRow({ id, fence, number, attempt, at, line }: LoggedLine): unknown[] {
  return [toBytes(id), fence, number, attempt, new Date(at), line];
}

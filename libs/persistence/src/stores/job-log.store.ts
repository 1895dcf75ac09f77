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
import { toBytes } from '../database/identifiers.ts';
import { toSqlTime } from '../database/sql-time.ts';
import { APPEND_LOG_LINES, DELETE_OLD_LOG_LINES, SELECT_LOG_LINES } from '../statements/log.ts';

/** The lines that handlers keep with their jobs. */
export class JobLogStore implements JobLogs {
  constructor(private readonly database: Database) {}

  async append(workerId: WorkerId, lines: readonly LoggedLine[]): Promise<void> {
    const sorted = [...lines].sort((a, b) => (a.id < b.id ? -1 : 1)); // locks rows in the order in which settling does
    const rows = sorted.map(({ id, at, ...line }) => ({ ...line, id: id.replaceAll('-', ''), at: toSqlTime(at) }));
    await this.database.change(APPEND_LOG_LINES, [JSON.stringify(rows), toBytes(workerId)]);
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

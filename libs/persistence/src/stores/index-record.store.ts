import type { Instant } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import {
  ADD_DRIFT,
  END_REBUILD,
  EXTEND_REBUILD,
  RELEASE_REBUILD,
  SELECT_GENERATION,
  SELECT_INDEX_RECORDS,
  WIN_REBUILD,
} from '../statements/index-record.ts';

/** What MySQL knows of a queue's index, whatever Redis claims to be. */
export interface IndexRecord {
  readonly queue: string;
  readonly generation: number;
  readonly isRebuilding: boolean;
  readonly lastRebuild: Rebuild | undefined;
  /** Jobs that the index was not told of and a scheduler found, ever. */
  readonly drift: number;
  readonly driftedAt: Instant | undefined;
}

export interface Rebuild {
  readonly at: Instant;
  readonly cause: string;
  readonly durationMs: number;
  readonly jobs: number;
}

/** Keeps the book of every index: its generation, who builds it, and what it had lost. */
export class IndexRecordStore {
  constructor(private readonly database: Database) {}

  /** By queue. */
  async findAll(): Promise<IndexRecord[]> {
    return (await this.database.rows<RecordRow>(SELECT_INDEX_RECORDS)).map(toRecord);
  }

  /** @returns the number of the generation to build, until the lease ends; undefined if another builds one */
  async winRebuild(queue: string, leaseMs: number): Promise<number | undefined> {
    return this.database.transaction(async (session) => {
      if ((await session.change(WIN_REBUILD, [leaseMs * 1000, queue])) === 0) return undefined;
      const [row] = await session.rows<Row & { index_generation: number }>(SELECT_GENERATION, [queue]);
      return row?.index_generation;
    });
  }

  /** @returns false if another has taken over */
  async extendRebuild(queue: string, generation: number, leaseMs: number): Promise<boolean> {
    return (await this.database.change(EXTEND_REBUILD, [leaseMs * 1000, queue, generation])) === 1;
  }

  async releaseRebuild(queue: string, generation: number): Promise<void> {
    await this.database.change(RELEASE_REBUILD, [queue, generation]);
  }

  /** @returns false if another has taken over: then this one may not be published */
  async endRebuild(
    queue: string,
    generation: number,
    { cause, durationMs, jobs }: Omit<Rebuild, 'at'>,
  ): Promise<boolean> {
    return (await this.database.change(END_REBUILD, [cause, durationMs, jobs, queue, generation])) === 1;
  }

  async addDrift(queue: string, jobs: number): Promise<void> {
    await this.database.change(ADD_DRIFT, [jobs, queue]);
  }
}

interface RecordRow extends Row {
  name: string;
  index_generation: number;
  is_rebuilding: 0 | 1 | null;
  rebuilt_at: Date | null;
  rebuild_cause: string | null;
  rebuild_ms: number | null;
  rebuilt_jobs: number | string | null;
  /** A BIGINT comes as text once it is large. */
  drift: number | string;
  drifted_at: Date | null;
}

function toRecord(row: RecordRow): IndexRecord {
  return {
    queue: row.name,
    generation: row.index_generation,
    isRebuilding: row.is_rebuilding === 1,
    lastRebuild: row.rebuilt_at
      ? {
          at: row.rebuilt_at.getTime(),
          cause: row.rebuild_cause ?? 'missing',
          durationMs: row.rebuild_ms ?? 0,
          jobs: Number(row.rebuilt_jobs ?? 0),
        }
      : undefined,
    drift: Number(row.drift),
    driftedAt: row.drifted_at?.getTime(),
  };
}

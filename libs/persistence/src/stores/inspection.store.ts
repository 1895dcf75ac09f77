import type { JobId, JobState, Lane, WorkerId } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, inIdOrder } from '../database/identifiers.ts';
import {
  COMPARE_BOOKS,
  COUNT_OLD_TALLIES,
  COUNT_ORPHANS,
  COUNT_STRAY_ROWS,
  ESTIMATE_JOBS,
  SELECT_ALL_WORKERS,
  SELECT_DUE_HEAD,
  SELECT_PASSES,
  SELECT_PENDING_IDS,
  SELECT_UNHEEDED_CANCELS,
  SUM_RECENT_EVENTS,
} from '../statements/inspect.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';

export interface WaitingJob {
  readonly id: JobId;
  readonly lane: Lane;
  readonly type: string;
  readonly runAt: number;
  readonly ageSeconds: number;
}

export interface WorkerRecord {
  readonly id: WorkerId;
  readonly name: string;
  readonly queues: readonly string[];
  readonly types: readonly string[];
  readonly capacity: number;
  readonly running: number;
  /** Since its lease ran out; negative while it holds. */
  readonly silentSeconds: number;
}

interface Count extends Row {
  n: number | string | null;
}

/** What a doctor looks at. Every answer is bounded, however many jobs there are. */
export class InspectionStore {
  constructor(private readonly database: Database) {}

  /** The first due jobs of a queue at a priority, without those of paused queues; `isWhole` if there are no more. */
  async findDueHead(queue: string, priority: number, limit: number): Promise<{ jobs: WaitingJob[]; isWhole: boolean }> {
    const rows = await this.database.rows<
      LaneRow & { id: Buffer; type: string; run_at: Date; ageSeconds: number; paused: 0 | 1 }
    >(SELECT_DUE_HEAD, [queue, priority, limit]);
    const jobs = rows
      .filter(({ paused }) => paused === 0)
      .map((row) => ({
        id: fromBytes(row.id),
        lane: laneOf(row),
        type: row.type,
        runAt: row.run_at.getTime(),
        ageSeconds: row.ageSeconds,
      }));
    return { jobs, isWhole: rows.length < limit };
  }

  async findPending(queue: string, ids: readonly JobId[]): Promise<Set<JobId>> {
    if (ids.length === 0) return new Set();
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_PENDING_IDS, [inIdOrder(ids), queue]);
    return new Set(rows.map(({ id }) => fromBytes(id)));
  }

  async findWorkers(): Promise<WorkerRecord[]> {
    const rows = await this.database.rows<
      Row & { id: Buffer; name: string; queues: string; types: string } & Pick<
          WorkerRecord,
          'capacity' | 'running' | 'silentSeconds'
        >
    >(SELECT_ALL_WORKERS);
    return rows.map(({ id, name, queues, types, capacity, running, silentSeconds }) => ({
      id: fromBytes(id),
      name,
      queues: JSON.parse(queues) as string[],
      types: JSON.parse(types) as string[],
      capacity,
      running,
      silentSeconds,
    }));
  }

  async countOrphans(limit: number): Promise<number> {
    return this.count(COUNT_ORPHANS, [limit]);
  }

  async findUnheededCancels(seconds: number, limit: number): Promise<JobId[]> {
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_UNHEEDED_CANCELS, [seconds, limit]);
    return rows.map(({ id }) => fromBytes(id));
  }

  /** Among the first rows of each table, those whose job is gone; `isWhole` if there are no more rows. */
  async countStrayRows(limit: number): Promise<{ tags: number; failures: number; isWhole: boolean }> {
    const [row] = await this.database.rows<
      Row & { tagRows: number; failureRows: number; tags: number; failures: number }
    >(COUNT_STRAY_ROWS, [limit, limit, limit, limit]);
    const { tags = 0, failures = 0, tagRows = 0, failureRows = 0 } = row ?? {};
    return { tags, failures, isWhole: tagRows < limit && failureRows < limit };
  }

  /** Where the books and the rows differ; undefined where counting that many jobs would be dear. */
  async compareBooks(atMostJobs: number): Promise<{ state: JobState; counted: number; booked: number }[] | undefined> {
    if ((await this.count(ESTIMATE_JOBS)) > atMostJobs) return undefined;
    const rows = await this.database.rows<Row & { state: JobState; counted: string; booked: string }>(COMPARE_BOOKS);
    return rows.map(({ state, counted, booked }) => ({ state, counted: Number(counted), booked: Number(booked) }));
  }

  async countOldTallies(): Promise<number> {
    return this.count(COUNT_OLD_TALLIES);
  }

  async sumRecentEvents(seconds: number): Promise<Map<string, number>> {
    const rows = await this.database.rows<Count & { event: string }>(SUM_RECENT_EVENTS, [seconds, seconds]);
    return new Map(rows.map(({ event, n }) => [event, Number(n)]));
  }

  async findPasses(): Promise<{ name: string; runs: number; lateSeconds: number }[]> {
    return this.database.rows<Row & { name: string; runs: number; lateSeconds: number }>(SELECT_PASSES);
  }

  private async count(statement: string, values: readonly unknown[] = []): Promise<number> {
    const [row] = await this.database.rows<Count>(statement, values);
    return Number(row?.n ?? 0);
  }
}

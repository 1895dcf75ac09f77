import type { Instant, ScheduleId, TickOutcome } from '@holdfast/domain';
import type { Database } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { DELETE_OLD_OCCURRENCES, SELECT_OCCURRENCES, SELECT_TICKS } from '../statements/occurrence.ts';
import { toOccurrence, type OccurrenceOrigin, type OccurrenceRecord, type OccurrenceRow } from './occurrence-rows.ts';

export interface OccurrenceFilter {
  readonly from: Instant;
  readonly until: Instant;
  readonly outcome?: TickOutcome | undefined;
}

/** Where a list goes on: at what is older than this. */
export type OccurrencePosition = Pick<OccurrenceRecord, 'plannedAt' | 'origin'>;

export interface OccurrenceList {
  readonly items: readonly OccurrenceRecord[];
  readonly next: OccurrencePosition | undefined;
}

/** Rows that a filtered list looks at in one call. */
const WINDOW = 1_000;
const LAST_ORIGIN = 'trigger' satisfies OccurrenceOrigin;

/** What became of the ticks of schedules. */
export class OccurrenceStore {
  constructor(private readonly database: Database) {}

  /** The newest first. With an outcome a page may be short though more follow. */
  async list(
    scheduleId: ScheduleId,
    { from, until, outcome }: OccurrenceFilter,
    limit: number,
    after: OccurrencePosition = { plannedAt: until, origin: LAST_ORIGIN },
  ): Promise<OccurrenceList> {
    const seen = outcome === undefined ? limit + 1 : WINDOW;
    const cursor = [new Date(after.plannedAt), new Date(after.plannedAt), after.origin];
    const values = [toBytes(scheduleId), new Date(from), new Date(until), ...cursor, seen];
    const rows = (await this.database.rows<OccurrenceRow>(SELECT_OCCURRENCES, values)).map(toOccurrence);
    const fitting = rows.filter((row) => outcome === undefined || row.outcome === outcome);
    const items = fitting.slice(0, limit);
    if (fitting.length > limit) return { items, next: items.at(-1) };
    return { items, next: rows.length === seen && outcome !== undefined ? rows.at(-1) : undefined };
  }

  async findTicks(scheduleId: ScheduleId, instants: readonly Instant[]): Promise<OccurrenceRecord[]> {
    if (instants.length === 0) return [];
    const values = [toBytes(scheduleId), instants.map((instant) => new Date(instant))];
    return (await this.database.rows<OccurrenceRow>(SELECT_TICKS, values)).map(toOccurrence);
  }

  /** @returns how many that were decided so long ago were forgotten, at most `limit` */
  async prune(olderThanSeconds: number, limit: number): Promise<number> {
    return this.database.change(DELETE_OLD_OCCURRENCES, [olderThanSeconds, limit]);
  }
}

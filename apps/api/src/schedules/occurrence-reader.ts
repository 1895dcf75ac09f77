import { timetableOf } from '@holdfast/calendar';
import type { Instant } from '@holdfast/domain';
import { OccurrenceStore, StoreClock, type OccurrenceRecord, type ScheduleRecord } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { toCursor, type Page } from '../http/page.ts';
import { invalidRequest, type Problem } from '../http/problem.ts';
import {
  instantsOf,
  positionKey,
  toPosition,
  viewOfOccurrence,
  type Occurrence,
  type OccurrenceQuery,
} from './occurrence-view.ts';
import { ScheduleReader } from './schedule-reader.ts';
import { explainTick, type TickAnswer } from './tick-answer.ts';

/** What MySQL can compare with. */
const BEGINNING = Date.UTC(1000, 0, 1);
const END = Date.UTC(9999, 0, 1);

/** Answers what became of the ticks of a schedule. */
@Injectable()
export class OccurrenceReader {
  constructor(
    private readonly schedules: ScheduleReader,
    private readonly store: OccurrenceStore,
    private readonly clock: StoreClock,
  ) {}

  /** The newest first. */
  async list(tenant: string, name: string, query: OccurrenceQuery): Promise<Page<Occurrence>> {
    const { id, definition } = await this.schedules.read(tenant, name);
    const { from = BEGINNING, until = END, outcome, limit, cursor } = query;
    const range = { from: inRange(from), until: inRange(until), outcome };
    const position = cursor === undefined ? undefined : toPosition(cursor);
    const after = position && { ...position, plannedAt: inRange(position.plannedAt) };
    const { items, next } = await this.store.list(id, range, limit, after);
    return {
      items: items.map((item) => viewOfOccurrence(item, definition.timezone)),
      nextCursor: next ? toCursor(positionKey(next)) : null,
    };
  }

  /** Whether the run of a certain time happened, and if not, why. */
  async explain(tenant: string, name: string, at: string): Promise<TickAnswer> {
    const schedule = await this.schedules.read(tenant, name);
    const instants = instantsOf(at, schedule)?.filter((instant) => instant === inRange(instant));
    if (!instants || instants.length === 0) throw noTime();
    const records = await this.store.findTicks(schedule.id, instants);
    return { items: instants.map((instant) => this.explainOne(schedule, instant, records)) };
  }

  private explainOne(schedule: ScheduleRecord, at: Instant, records: readonly OccurrenceRecord[]) {
    const record = records.find(({ plannedAt }) => plannedAt === at);
    const tick = timetableOf(schedule.definition, schedule.createdAt).next(at - 1);
    const isPlanned = tick?.at === at;
    return explainTick(schedule, at, { record, isPlanned, now: this.clock.now() });
  }
}

function inRange(instant: Instant): Instant {
  return Math.min(Math.max(instant, BEGINNING), END);
}

function noTime(): Problem {
  const message =
    'must be a time with a zone, such as 2026-03-14T01:00:00Z, or as clocks there show it: 2026-03-14T02:00';
  return invalidRequest('path', [{ pointer: '/at', message }]);
}

import { timetableOf } from '@holdfast/calendar';
import { SCHEDULE_LIMITS, ticksUntil, toJob, type Instant, type JobId, type NewJob } from '@holdfast/domain';
import { ScheduleRunStore, StoreClock, type ScheduleRecord } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { refuseFaults } from '../http/problem.ts';
import { IndexAnnouncer } from '../jobs/index-announcer.ts';
import { ScheduleReader, unknownSchedule } from './schedule-reader.ts';
import type { BackfillRange } from './schedule.schema.ts';

/** What one step of a backfill did. */
export const BackfillStep = z.object({
  items: z.array(z.object({ plannedAt: z.iso.datetime(), jobId: z.uuid() })).meta({ description: 'What runs now' }),
  leftAlone: z.int().meta({ description: 'Ticks that had run already, or are for the schedulers to decide' }),
  nextFrom: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Where to go on, with the same until; null: that was all' }),
});
export type BackfillStep = z.output<typeof BackfillStep>;

const YEARS_BACK = 10;

/** Runs schedules when somebody asks for it, whatever the time and whatever still runs. */
@Injectable()
export class ScheduleRunner {
  constructor(
    private readonly reader: ScheduleReader,
    private readonly store: ScheduleRunStore,
    private readonly clock: StoreClock,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** @returns the job */
  async trigger(tenant: string, name: string): Promise<JobId> {
    const { id } = await this.reader.read(tenant, name);
    const jobId = uuidv7();
    const job = await this.store.trigger(id, (schedule, now) => jobAtOnce(schedule, now, now, jobId));
    if (!job) throw unknownSchedule(name);
    this.announcer.announceJobs([job]);
    return job.id;
  }

  /** Makes the jobs of ticks in a past range that made none, in steps. */
  async backfill(tenant: string, name: string, { from, until }: BackfillRange): Promise<BackfillStep> {
    const schedule = await this.reader.read(tenant, name);
    const now = this.clock.now();
    refuseRange(from, until, now);
    const timetable = timetableOf(schedule.definition, schedule.createdAt);
    const limit = SCHEDULE_LIMITS.backfilled;
    const ticks = ticksUntil(timetable, timetable.next(from - 1), until - 1, limit + 1);
    const jobs = new Map<Instant, NewJob>();
    for (const { at, skipped } of ticks.slice(0, limit)) {
      if (!skipped) jobs.set(at, jobAtOnce(schedule, at, now, uuidv7()));
    }
    const made = await this.store.backfill(schedule.id, jobs);
    if (!made) throw unknownSchedule(name);
    this.announcer.announceJobs(made.jobs);
    const next = ticks[limit];
    return {
      items: made.jobs.map(({ id, origin }) => ({ plannedAt: toTime(origin?.plannedAt ?? 0), jobId: id })),
      leftAlone: made.leftAlone,
      nextFrom: next ? toTime(next.at) : null,
    };
  }
}

function jobAtOnce(schedule: ScheduleRecord, plannedAt: Instant, now: Instant, id: JobId): NewJob {
  return { ...toJob(schedule, plannedAt, now, id), runAt: now };
}

function refuseRange(from: Instant, until: Instant, now: Instant): void {
  const earliest = new Date(now);
  earliest.setUTCFullYear(earliest.getUTCFullYear() - YEARS_BACK);
  const errors = [
    ...(until > now ? [{ pointer: '/until', message: 'must not lie in the future: what is to come, comes' }] : []),
    ...(from >= until ? [{ pointer: '/from', message: 'must be before until' }] : []),
    ...(from < earliest.getTime() ? [{ pointer: '/from', message: `must be at most ${YEARS_BACK} years ago` }] : []),
  ];
  refuseFaults(errors);
}

function toTime(instant: Instant): string {
  return new Date(instant).toISOString();
}

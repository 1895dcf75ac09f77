import { SCHEDULE_LIMITS, type Instant, type ScheduleDefinition, type SchedulePause } from '@holdfast/domain';
import { ScheduleStore, StoreClock, type ScheduleChange, type ScheduleRecord } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Principal } from '../authentication/principal.ts';
import { isExact, meets, preconditionFailed, type TagCondition } from '../http/entity-tags.ts';
import { Problem, refuseFaults } from '../http/problem.ts';
import { IndexAnnouncer } from '../jobs/index-announcer.ts';
import { QueueDirectory } from '../jobs/queue-directory.ts';
import { changedParts, firstAfter, partsOf, timingFaults, toDefinition, type Parts } from './definition.ts';
import { ScheduleReader, unknownSchedule } from './schedule-reader.ts';
import type { NewSchedule, ScheduleChanges } from './schedule.schema.ts';
import { scheduleTagOf } from './schedule-view.ts';

const SUBJECT_LENGTH = 255;

/** Makes, changes, pauses and removes schedules. */
@Injectable()
export class ScheduleKeeper {
  private readonly logger = new Logger('schedules');

  constructor(
    private readonly store: ScheduleStore,
    private readonly reader: ScheduleReader,
    private readonly queues: QueueDirectory,
    private readonly clock: StoreClock,
    private readonly announcer: IndexAnnouncer,
  ) {}

  async create({ tenant, subject }: Principal, schedule: NewSchedule): Promise<ScheduleRecord> {
    const now = this.clock.now();
    const definition = definitionOf(partsOf(schedule));
    const nextAt = firstAfter(definition, now, now);
    if (nextAt === undefined) refuseFaults([{ pointer: '/endAt', message: 'leaves no time to run: none lies ahead' }]);
    if ((await this.store.count(tenant)) >= SCHEDULE_LIMITS.perTenant) throw tooMany();
    await this.queues.ensure([definition.job.queue]);
    const pause = schedule.paused ? { since: now, until: undefined } : undefined;
    const record: ScheduleRecord = {
      id: uuidv7(),
      tenant,
      name: schedule.name,
      definition,
      progress: { lastAt: undefined, nextAt, queuedAt: undefined, runs: 0 },
      pause,
      pausedBy: pause && subject.slice(0, SUBJECT_LENGTH),
      revision: 1,
      createdAt: now,
      updatedAt: now,
    };
    if (!(await this.store.insert(record))) throw nameTaken(schedule.name);
    this.announcer.announceSchedule();
    this.logger.log({ msg: 'schedule created', schedule: record.name, tenant });
    return record;
  }

  /** @param condition what the caller has read of it; without it whatever is there now is changed */
  async change(
    caller: Principal,
    name: string,
    changes: ScheduleChanges,
    condition: TagCondition | undefined,
  ): Promise<ScheduleRecord> {
    if (changes.job) await this.queues.ensure([changes.job.queue]);
    return this.edit(caller, name, (record, now) => {
      refuseUnread(record, condition);
      const definition = definitionOf(changedParts(record.definition, changes));
      const paused = changes.paused === undefined ? record : withPause(record, changes.paused, caller, now);
      const nextAt = nextAfterChange(record, definition, now);
      return { ...paused, definition, progress: { ...record.progress, nextAt } };
    });
  }

  /** Nothing starts from now on, and what would have is written down as skipped; or the other way round. */
  async setPaused(
    caller: Principal,
    name: string,
    paused: boolean,
    condition: TagCondition | undefined,
  ): Promise<ScheduleRecord> {
    return this.edit(caller, name, (record, now) => {
      refuseUnread(record, condition);
      const change = withPause(record, paused, caller, now);
      return change.pause === record.pause ? undefined : { ...record, ...change };
    });
  }

  /** Its jobs stay. */
  async remove({ tenant }: Principal, name: string, condition: TagCondition | undefined): Promise<void> {
    const record = await this.reader.read(tenant, name);
    refuseUnread(record, condition);
    const { id, revision } = record;
    const isGone = await this.store.remove(tenant, id, isExact(condition) ? revision : undefined);
    if (!isGone) throw isExact(condition) ? preconditionFailed(`schedule ${name}`) : unknownSchedule(name);
    this.logger.log({ msg: 'schedule removed', schedule: name, tenant });
  }

  private async edit(
    { tenant }: Principal,
    name: string,
    edit: (record: ScheduleRecord, now: Instant) => ScheduleChange | undefined,
  ): Promise<ScheduleRecord> {
    const { id } = await this.reader.read(tenant, name);
    if (!(await this.store.change(id, edit))) throw unknownSchedule(name);
    this.announcer.announceSchedule();
    return this.reader.read(tenant, id);
  }
}

/** @throws Problem if it is not what the caller has read */
function refuseUnread(record: ScheduleRecord, condition: TagCondition | undefined): void {
  if (condition && !meets(condition, scheduleTagOf(record)))
    throw preconditionFailed(`schedule ${record.name}`, condition);
}

/** @throws Problem if the parts do not go together */
function definitionOf(parts: Parts): ScheduleDefinition {
  refuseFaults(timingFaults(parts));
  return toDefinition(parts);
}

/** Other times hold from the first tick that nobody has decided yet. */
function nextAfterChange(
  { definition: old, progress: { nextAt, lastAt = 0, runs }, createdAt }: ScheduleRecord,
  definition: ScheduleDefinition,
  now: Instant,
): Instant | undefined {
  if (isSameTiming(old, definition)) return nextAt;
  if (runs >= (definition.maxRuns ?? Infinity)) return undefined;
  const isDue = nextAt !== undefined && nextAt <= now;
  return firstAfter(definition, createdAt, isDue ? nextAt - 1 : Math.max(now, lastAt));
}

function isSameTiming(a: ScheduleDefinition, b: ScheduleDefinition): boolean {
  const timing = ({ recurrence, timezone, startAt, endAt, maxRuns }: ScheduleDefinition): string =>
    JSON.stringify([recurrence, timezone, startAt, endAt, maxRuns]);
  return timing(a) === timing(b);
}

function withPause(
  record: ScheduleRecord,
  paused: boolean,
  { subject }: Principal,
  now: Instant,
): Pick<ScheduleChange, 'pause' | 'pausedBy'> {
  const { pause, pausedBy } = record;
  const isPaused = pause !== undefined && pause.until === undefined;
  if (paused === isPaused) return { pause, pausedBy };
  if (paused) return { pause: { since: now, until: undefined }, pausedBy: subject.slice(0, SUBJECT_LENGTH) };
  return { pause: pause && endOf(pause, now), pausedBy: undefined };
}

function endOf({ since }: SchedulePause, now: Instant): SchedulePause {
  return { since, until: now };
}

function tooMany(): Problem {
  return new Problem('too-many-schedules', `A tenant may have ${SCHEDULE_LIMITS.perTenant} schedules.`);
}

function nameTaken(name: string): Problem {
  return new Problem('name-taken', `There is a schedule ${name} already; PATCH changes it.`);
}

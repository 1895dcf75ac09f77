import { setTimeout as pause } from 'node:timers/promises';
import { timetableOf } from '@holdfast/calendar';
import { fire, type IndexEntry, type Instant, type JobId, type WorkerId } from '@holdfast/domain';
import type { Cancelled, FiredBatch, Operation, ScheduleFiringStore } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';
import type { TickTraces } from './tick-traces.ts';

export interface FirePorts {
  readonly schedules: Pick<ScheduleFiringStore, 'fireDue' | 'nextWakeMs'>;
  readonly jobs: { cancel(tenant: string, id: JobId): Promise<Operation<Cancelled>> };
  readonly index: {
    add(entries: readonly IndexEntry[]): Promise<void>;
    requestCancel(workerId: WorkerId): Promise<void>;
  };
  /** That a schedule was made, for a run that has none. */
  readonly news: { wait(milliseconds: number): Promise<void> };
  readonly logger: { warn(fields: object, message: string): void };
  readonly newId: () => JobId;
  readonly traces: Pick<TickTraces, 'begin' | 'end'>;
}

export interface FireOptions {
  /** Schedules decided in one transaction. */
  readonly batchSize: number;
  /** Ticks of one schedule decided in one look; one that is further behind gets back in line. */
  readonly ticksPerLook: number;
  /** How long a run waits for ticks to come due, each at its time. */
  readonly turnMs: number;
  /** How long it lasts when there is no schedule that ever fires, and no news of one. */
  readonly unusedTurnMs: number;
}

/** What is due is held by another scheduler, which is about to decide it. */
const HELD_MS = 50;

type Decide = Parameters<ScheduleFiringStore['fireDue']>[1];

/**
 * Makes the jobs of schedules when their ticks come due. A run lasts a turn, and sleeps in it from one tick to the next.
 * Two schedulers that run it at once share the work: each tick is decided under its schedule's lock, once, and the row that
 * says so is written together with its job.
 */
export async function fireSchedules(ports: FirePorts, options: FireOptions, signal: AbortSignal): Promise<Counts> {
  const endsAt = performance.now() + options.turnMs;
  const counts = { fired: 0, queued: 0, skipped: 0 };
  while (!signal.aborted) {
    const waitMs = Math.max(0, await ports.schedules.nextWakeMs());
    if (waitMs === Infinity) await ports.news.wait(options.unusedTurnMs);
    if (performance.now() + waitMs >= endsAt) break;
    await rest(waitMs, signal);
    const batch = await ports.schedules.fireDue(options.batchSize, decider(ports, options));
    ports.traces.end(batch.jobs);
    for (const { verdict } of batch.occurrences) counts[verdict.outcome] += 1;
    await tell(ports, batch);
    if (batch.schedules === 0) await rest(HELD_MS, signal);
  }
  return counts;
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** A schedule that cannot be read (its zone is not known here) waits, and keeps nobody else. */
function decider({ logger, newId, traces }: FirePorts, { ticksPerLook: limit }: FireOptions): Decide {
  return (schedule, now: Instant) => {
    try {
      const newTrace = (plannedAt: Instant): string | undefined => traces.begin(schedule, plannedAt);
      return fire(schedule, timetableOf(schedule.definition, schedule.createdAt), { now, limit, newId, newTrace });
    } catch (error) {
      logger.warn({ err: error, schedule: schedule.name, tenant: schedule.tenant }, 'a schedule cannot be decided');
      return undefined;
    }
  };
}

/** What the index is not told, reconcile-index finds; what is not cancelled now is still in the way at the next look. */
async function tell({ index, jobs }: FirePorts, batch: FiredBatch): Promise<void> {
  if (batch.jobs.length > 0) await index.add(batch.jobs).catch(() => undefined);
  for (const { tenant, id } of batch.unwanted) {
    const cancelled = await jobs.cancel(tenant, id);
    if (cancelled.kind !== 'done' || cancelled.value.to !== 'cancelling') continue;
    await index.requestCancel(cancelled.value.workerId).catch(() => undefined);
  }
}

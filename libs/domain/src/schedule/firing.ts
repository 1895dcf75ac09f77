import type { NewJob } from '../job/job.ts';
import type { Instant, JobId } from '../job/scalars.ts';
import { spreadOf } from './jitter.ts';
import type { Occurrence, SkipReason, Verdict } from './occurrence.ts';
import {
  MISFIRE_AFTER_MS,
  missedThatRun,
  type ScheduleDefinition,
  type ScheduleId,
  type SchedulePause,
  type ScheduleProgress,
} from './schedule.ts';
import type { Tick, Timetable } from './timetable.ts';

/** A schedule when its time has come. */
export interface DueSchedule {
  readonly id: ScheduleId;
  readonly tenant: string;
  readonly definition: ScheduleDefinition;
  readonly progress: ScheduleProgress;
  readonly pause: SchedulePause | undefined;
  /** Whether a job of an earlier tick has not finished; told only where the policy asks. */
  readonly isBusy: boolean;
}

/** What is to be written, all in one transaction. */
export interface Firing {
  readonly occurrences: readonly Occurrence[];
  /** What becomes of the tick that waited before. */
  readonly released: Occurrence | undefined;
  readonly progress: ScheduleProgress;
  /** The jobs that have not finished shall stop. */
  readonly cancelsOthers: boolean;
  /** More ticks are due than one look decides. */
  readonly isBehind: boolean;
}

export interface FiringOptions {
  readonly now: Instant;
  /** Ticks decided in one look. */
  readonly limit: number;
  readonly newId: () => JobId;
  /** W3C trace context of the job that a tick makes. */
  readonly newTrace?: (plannedAt: Instant) => string | undefined;
}

/** Decides the ticks that have come due, the oldest first, each computed from the one before it. */
export function fire(schedule: DueSchedule, timetable: Timetable, options: FiringOptions): Firing {
  const { nextAt } = schedule.progress;
  const keep = missedThatRun(schedule.definition);
  const first = nextAt === undefined ? undefined : timetable.next(nextAt - 1);
  const due = dueTicks(timetable, first, keep, options);
  const turn = new Turn(schedule, options);
  let last: Tick | undefined;
  let decided = 0;
  for (const tick of due.slice(0, options.limit)) {
    if (turn.isExhausted) break;
    turn.decide(tick, isMissed(tick, due, keep, options.now));
    last = tick;
    decided += 1;
  }
  const following = due[decided] ?? (last ? timetable.next(last.at) : first);
  return turn.end(last?.at ?? schedule.progress.lastAt, turn.isExhausted ? undefined : following?.at);
}

/** As many as one look decides, and after them those that tell which of these were missed: so many that run. */
function dueTicks(
  timetable: Timetable,
  first: Tick | undefined,
  keep: number,
  { now, limit }: Pick<FiringOptions, 'now' | 'limit'>,
): Tick[] {
  const due: Tick[] = [];
  let followers = 0;
  for (let tick = first; tick && tick.at <= now; tick = timetable.next(tick.at)) {
    if (due.length >= limit && followers >= keep) break;
    if (due.length >= limit && !tick.skipped) followers += 1;
    due.push(tick);
  }
  return due;
}

/** Old, and followed by at least as many as shall run of those that were missed. */
function isMissed(tick: Tick, due: readonly Tick[], keep: number, now: Instant): boolean {
  if (now - tick.at <= MISFIRE_AFTER_MS) return false;
  let followers = 0;
  for (let n = due.length - 1; n >= 0 && due[n] !== tick && followers < keep; n--) if (!due[n]?.skipped) followers += 1;
  return followers >= keep;
}

/** One look at one schedule. */
class Turn {
  private readonly occurrences: Occurrence[] = [];
  private isBusy: boolean;
  private runs: number;
  /** A tick that waits, of before or of this turn. */
  private queuedAt: Instant | undefined;
  private released: Occurrence | undefined;
  private cancelsOthers = false;

  constructor(
    private readonly schedule: DueSchedule,
    private readonly options: FiringOptions,
  ) {
    this.isBusy = schedule.isBusy;
    this.runs = schedule.progress.runs;
    this.queuedAt = schedule.progress.queuedAt;
    this.lookAfterQueued();
  }

  /** As often as it may be, counting the tick that waits. */
  get isExhausted(): boolean {
    const { maxRuns = Infinity } = this.schedule.definition;
    return this.runs + (this.queuedAt === undefined ? 0 : 1) >= maxRuns;
  }

  decide(tick: Tick, isMissed: boolean): void {
    const reason = this.reasonToSkip(tick, isMissed);
    this.occurrences.push({ plannedAt: tick.at, verdict: reason ? skipped(reason) : this.admit(tick.at) });
  }

  end(lastAt: Instant | undefined, nextAt: Instant | undefined): Firing {
    const { occurrences, released, cancelsOthers, queuedAt, runs } = this;
    const isBehind = nextAt !== undefined && nextAt <= this.options.now;
    return { occurrences, released, cancelsOthers, isBehind, progress: { lastAt, nextAt, queuedAt, runs } };
  }

  private reasonToSkip(tick: Tick, isMissed: boolean): SkipReason | undefined {
    if (tick.skipped) return 'gap';
    if (isPausedAt(this.schedule.pause, tick.at)) return 'paused';
    return isMissed ? 'misfire' : undefined;
  }

  /** The tick that waited starts when nothing is in its way any more. */
  private lookAfterQueued(): void {
    const { queuedAt } = this;
    if (queuedAt === undefined) return;
    if (isPausedAt(this.schedule.pause, this.options.now)) this.settleQueued(skipped('paused'));
    else if (!this.isBusy) this.settleQueued(this.run(queuedAt));
    else this.cancelsOthers = this.schedule.definition.overlap === 'cancel';
  }

  private admit(at: Instant): Verdict {
    const { overlap } = this.schedule.definition;
    if (overlap === 'allow' || !this.isBusy) return this.run(at);
    if (overlap === 'skip' || (overlap === 'queue' && this.queuedAt !== undefined)) return skipped('overlap');
    if (this.queuedAt !== undefined) this.settleQueued(skipped('overlap'));
    this.queuedAt = at;
    this.cancelsOthers = overlap === 'cancel';
    return { outcome: 'queued' };
  }

  private run(at: Instant): Verdict {
    this.isBusy = true;
    this.runs += 1;
    const { now, newId, newTrace } = this.options;
    const job = { ...toJob(this.schedule, at, now, newId()), traceparent: newTrace?.(at) };
    return { outcome: 'fired', job, lateMs: Math.max(0, now - at) };
  }

  private settleQueued(verdict: Verdict): void {
    const { queuedAt } = this;
    if (queuedAt === undefined) return;
    this.queuedAt = undefined;
    const own = this.occurrences.findIndex(({ plannedAt }) => plannedAt === queuedAt);
    if (own >= 0) this.occurrences[own] = { plannedAt: queuedAt, verdict };
    else this.released = { plannedAt: queuedAt, verdict };
  }
}

/** The job of a tick: due at its instant, or at once if that has passed, later by the tick's share of the jitter. */
export function toJob(
  { id: scheduleId, tenant, definition }: Pick<DueSchedule, 'id' | 'tenant' | 'definition'>,
  plannedAt: Instant,
  now: Instant,
  id: JobId,
): NewJob {
  const runAt = Math.max(now, plannedAt + spreadOf(scheduleId, plannedAt, definition.jitterMs));
  const origin = { scheduleId, plannedAt };
  return { ...definition.job, id, tenant, runAt, deadline: undefined, createdAt: now, origin };
}

/** A pause that goes on stops what came due before it, too: nothing starts once it was answered. */
function isPausedAt(pause: SchedulePause | undefined, at: Instant): boolean {
  if (!pause) return false;
  return pause.until === undefined || (at >= pause.since && at < pause.until);
}

function skipped(reason: SkipReason): Verdict {
  return { outcome: 'skipped', reason };
}

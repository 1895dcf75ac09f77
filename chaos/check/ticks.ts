import { MISFIRE_AFTER_MS } from '@holdfast/domain';
import { SECONDLY } from '../driver/random-schedule.ts';
import type { FinalOccurrence, FinalSchedule, ScheduledJob } from './dump-ticks.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

/** What became of each tick of each schedule, against when its seconds come by a clock that knows no cron. */
export const TICKS: readonly Invariant[] = [{ id: 'I15', title: 'each tick is decided once, and none else', check }];

const SECOND = 1_000;

function* check(history: History): Iterable<Violation> {
  yield* accepted(history);
  for (const schedule of history.schedules) {
    const occurrences = history.occurrences.filter((each) => each.schedule === schedule.id);
    const jobs = history.scheduled.filter((each) => each.schedule === schedule.id);
    for (const says of [
      ...decided(schedule, occurrences),
      ...occurrences.flatMap((each) => [...reasonable(schedule, each, history)]),
      ...made(schedule, occurrences, jobs),
    ]) {
      yield { says: `${schedule.name} (${titleOf(schedule)}): ${says}` };
    }
    yield* overlapping(history, schedule, occurrences);
  }
}

/** As of jobs: what was accepted is there, and what is there was asked for. */
function* accepted({ driver, schedules, scheduled }: History): Iterable<Violation> {
  const there = new Map(schedules.map((schedule) => [schedule.name, schedule]));
  const asked = driver.filter(({ operation }) => operation === 'schedule');
  for (const { phase, schedule = '' } of asked) {
    if (phase === 'ok' && !there.has(schedule)) yield { says: `${schedule} was accepted, and is not there` };
  }
  for (const { name, tenant } of schedules) {
    if (!asked.some((event) => event.schedule === name && event.tenant === tenant))
      yield { says: `${name} is there as ${tenant}'s, who did not ask for it` };
  }
  const ids = new Set(schedules.map(({ id }) => id));
  for (const { job, schedule } of scheduled) if (!ids.has(schedule)) yield { job, says: 'made by no schedule' };
}

/** Every tick once, and nothing else; all are over when the run is. */
function* decided(schedule: FinalSchedule, occurrences: readonly FinalOccurrence[]): Iterable<string> {
  const found = occurrences.flatMap(({ origin, plannedAt }) => (origin === 'tick' ? [plannedAt] : []));
  const expected = ticksOf(schedule);
  for (const at of expected) if (!found.includes(at)) yield `nobody decided the tick at ${timeOf(at)}`;
  for (const at of found) if (!expected.includes(at)) yield `there is no tick at ${timeOf(at)}, and one was decided`;
  if (schedule.nextAt !== undefined) yield `has its next tick at ${timeOf(schedule.nextAt)}, and ended before`;
}

/** Looked at second by second: the expression is not read. */
function ticksOf({ definition, createdAt }: FinalSchedule): number[] {
  const { recurrence, startAt = createdAt, endAt = startAt } = definition;
  const ticks: number[] = [];
  const isEvery = recurrence.kind === 'every';
  const step = isEvery ? recurrence.everyMs : SECOND;
  for (let at = isEvery ? startAt : Math.ceil(startAt / SECOND) * SECOND; at <= endAt; at += step) {
    const comes = isEvery || SECONDLY[recurrence.cron]?.(new Date(at).getUTCSeconds());
    if (comes && at > createdAt) ticks.push(at);
  }
  return ticks;
}

/** Not early, and not skipped without the reason that it names. */
function* reasonable(
  { name, definition: { overlap, misfire } }: FinalSchedule,
  { plannedAt, decidedAt, outcome, reason, origin }: FinalOccurrence,
  { driver }: History,
): Iterable<string> {
  const tick = `the tick at ${timeOf(plannedAt)}`;
  const late = decidedAt - plannedAt;
  if (late < 0) yield `${tick} was decided ${-late} ms early`;
  if (origin === 'trigger') return;
  if (reason === 'misfire' && (misfire === 'all' || late <= MISFIRE_AFTER_MS)) yield `${tick} was given up as missed`;
  if (reason === 'overlap' && overlap === 'allow') yield `${tick} was skipped for another that it may run beside`;
  if (reason === 'gap') yield `${tick} fell into a gap, and there was none`;
  if (outcome === 'queued') yield `${tick} waits still`;
  const mayBePaused = driver.some((event) => event.operation === 'pause-schedule' && event.schedule === name);
  if (reason === 'paused' && !mayBePaused) yield `${tick} was skipped for a pause that nobody asked for`;
}

/** A job for each tick that fired, the one that it names, and no other. */
function* made(
  { tenant }: FinalSchedule,
  occurrences: readonly FinalOccurrence[],
  jobs: readonly ScheduledJob[],
): Iterable<string> {
  const named = new Map(occurrences.flatMap((each) => (each.job === undefined ? [] : [[each.job, each] as const])));
  for (const { job, plannedAt, tenant: of } of jobs) {
    if (named.get(job)?.plannedAt !== plannedAt) yield `${job} says that the tick at ${timeOf(plannedAt)} made it`;
    if (of !== tenant) yield `${job} is ${of}'s, and the schedule ${tenant}'s`;
  }
  const present = new Set(jobs.map(({ job }) => job));
  for (const [job, { plannedAt }] of named)
    if (!present.has(job)) yield `the tick at ${timeOf(plannedAt)} names ${job}, which is not there`;
}

/** Unless it may, no tick starts a job while one of an earlier tick has not finished. */
function* overlapping(
  { transitions }: History,
  { name, definition }: FinalSchedule,
  occurrences: readonly FinalOccurrence[],
): Iterable<Violation> {
  if (definition.overlap === 'allow') return;
  const lives = occurrences.flatMap(({ job = '', origin }) => {
    const life = transitions.get(job) ?? [];
    const [first, last] = [life[0], life.at(-1)];
    return first && last ? [{ job, origin, from: first.at, until: last.at }] : [];
  });
  for (const { job, from, origin } of lives) {
    const other = lives.find((each) => each.job !== job && each.from < from && each.until > from);
    if (other && origin === 'tick') yield { job, says: `made by ${name} while ${other.job} had not finished` };
  }
}

function titleOf({ definition: { recurrence, misfire, overlap } }: FinalSchedule): string {
  const times = recurrence.kind === 'every' ? `every ${recurrence.everyMs} ms` : recurrence.cron;
  return `${times}, misfire ${misfire}, overlap ${overlap}`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

import { FINISHED_STATES, type JobState } from '@holdfast/domain';
import type { DriverEvent, Stamped } from '../history/events.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';
import { runsOf } from './runs.ts';

/** What shares a concurrency key runs alone, by MySQL's clock; what is ordered waits for what was submitted before. */
export const LIMITS: readonly Invariant[] = [
  { id: 'I17', title: 'what is ordered starts when what was accepted before it has finished', check: order },
  { id: 'I18', title: 'of the jobs with a concurrency key one runs at a time', check: alone },
];

interface LaneJob {
  readonly id: string;
  readonly lane: string;
  readonly isOrdered: boolean;
  readonly askedAt: number;
  /** Infinity: its caller was never told. */
  readonly acceptedAt: number;
}

interface Body {
  readonly id?: string;
  readonly queue?: string;
  readonly concurrencyKey?: string;
  readonly ordered?: boolean;
}

/** Each job once, under the id that it has. */
const SUBMITTING: readonly DriverEvent['operation'][] = ['submit', 'submit-dependent', 'batch', 'flood', 'workflow'];

function* alone(history: History): Iterable<Violation> {
  for (const jobs of byLane(history).values()) {
    const runs = jobs.flatMap(({ id }) => runsOf(history.transitions.get(id) ?? []));
    runs.sort((a, b) => a.from - b.from);
    for (const [n, run] of runs.entries()) {
      const before = runs[n - 1];
      if (before && before.until > run.from && before.job !== run.job)
        yield { job: run.job, says: `claimed while ${before.job} ran with its concurrency key` };
    }
  }
}

function* order(history: History): Iterable<Violation> {
  for (const jobs of byLane(history).values()) {
    const ordered = jobs.filter(({ isOrdered }) => isOrdered);
    for (const job of ordered) {
      const claim = history.transitions.get(job.id)?.find(({ event }) => event === 'claim' || event === 'retry');
      if (claim?.event !== 'claim') continue; // what is run again is out of the order
      for (const other of ordered.filter(({ acceptedAt }) => acceptedAt < job.askedAt)) {
        const end = history.transitions.get(other.id)?.find(({ to }) => isFinished(to))?.at ?? Infinity;
        if (end > claim.at) yield { job: job.id, says: `claimed before ${other.id}, which came first, had finished` };
      }
    }
  }
}

function byLane({ driver }: History): Map<string, LaneJob[]> {
  const lanes = new Map<string, LaneJob[]>();
  const accepted = new Map(driver.flatMap(({ call, phase, at }) => (phase === 'ok' ? [[call, at] as const] : [])));
  const asked = driver.filter(({ phase, operation }) => phase === 'invoke' && SUBMITTING.includes(operation));
  for (const event of asked) {
    for (const { id, queue, concurrencyKey, ordered = false } of bodiesOf(event)) {
      if (id === undefined || concurrencyKey === undefined) continue;
      const lane = `${event.tenant} ${queue ?? ''} ${concurrencyKey}`;
      const job = { id, lane, isOrdered: ordered, askedAt: event.at, acceptedAt: accepted.get(event.call) ?? Infinity };
      lanes.set(lane, [...(lanes.get(lane) ?? []), job]);
    }
  }
  return lanes;
}

function bodiesOf({ job }: Stamped<DriverEvent>): readonly Body[] {
  const body = (job ?? {}) as Body & { readonly jobs?: readonly Body[] | Readonly<Record<string, Body>> };
  return body.jobs ? Object.values(body.jobs) : [body];
}

function isFinished(state: JobState): boolean {
  return (FINISHED_STATES as readonly JobState[]).includes(state);
}

import { CLAIM_AHEAD_MS, FINISHED_STATES, isLegalTransition, type JobState } from '@holdfast/domain';
import { MAX_CRASHES } from '../system/system.ts';
import type { FinalJob, Transition } from './dump.ts';
import type { Lives } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

type Life = { job: FinalJob; life: readonly Transition[] };

/** What the journal says of each job: a chain of legal steps, each taken by who had the right to. */
export const LIVES: readonly Invariant<Lives>[] = [
  { id: 'I5', title: 'a generation ends once, and the row says how', check: ofEachLife(ends) },
  { id: 'I6', title: 'transitions are legal and join up', check: ofEachLife(chain) },
  { id: 'I7', title: 'attempts are counted at the claim, and bounded', check: ofEachLife(attempts) },
  { id: 'I8', title: 'no two leases at once', check: ofEachLife(leases) },
  { id: 'I9', title: 'fences grow by one with every claim', check: ofEachLife(fences) },
  { id: 'I10', title: 'who was fenced off writes nothing', check: ofEachLife(fencedWrites) },
  { id: 'I16', title: 'nothing is claimed long before it is due', check: ofEachLife(early) },
];

const GIVES_BACK = ['crash', 'hand-back', 'exhaust-crashes'];

function ofEachLife(check: (life: Life) => Iterable<string>): Invariant<Lives>['check'] {
  return function* ({ jobs, transitions }: Lives): Iterable<Violation> {
    for (const job of jobs.values()) {
      for (const says of check({ job, life: transitions.get(job.id) ?? [] })) yield { job: job.id, says };
    }
  };
}

function* ends({ job, life }: Life): Iterable<string> {
  const ended = new Map<number, number>();
  for (const { to, generation } of life) if (isFinished(to)) ended.set(generation, (ended.get(generation) ?? 0) + 1);
  for (const [generation, n] of ended) if (n > 1) yield `generation ${generation} ended ${n} times`;
  const last = life.at(-1)?.to ?? 'pending';
  if (last !== job.state) yield `the row says ${job.state}, the journal ${last}`;
}

function* chain({ life }: Life): Iterable<string> {
  // Jobs that plain SQL inserted begin as pending, without anybody who could write that down.
  let state: JobState | undefined = life[0]?.from === undefined ? undefined : 'pending';
  for (const { number, event, from, to } of life) {
    if (!isLegalTransition(from, to)) yield `${event} led from ${from ?? 'nothing'} to ${to} (${number})`;
    if (from !== state)
      yield `${event} began at ${from ?? 'nothing'} where the job was ${state ?? 'nothing'} (${number})`;
    state = to;
  }
}

function* attempts({ job, life }: Life): Iterable<string> {
  let attempt = 0;
  for (const { number, event, ...now } of life) {
    if (event === 'retry') attempt = 0;
    else if (event === 'claim') attempt += 1;
    else if (GIVES_BACK.includes(event) || (event === 'cancel' && now.attempt === attempt - 1)) attempt -= 1;
    if (now.attempt !== attempt) yield `attempt ${now.attempt} where ${attempt} were begun (${event}, ${number})`;
    if (now.attempt > job.maxAttempts) yield `attempt ${now.attempt} of ${job.maxAttempts} (${number})`;
    if (now.crashes > MAX_CRASHES) yield `${now.crashes} crashes of ${MAX_CRASHES} (${number})`;
    attempt = now.attempt;
  }
}

/** By MySQL's clock alone: what a claim begins, something else ended before. */
function* leases({ life }: Life): Iterable<string> {
  let held: Transition | undefined;
  let at = 0;
  for (const now of life) {
    if (now.at < at) yield `${now.event} (${now.number}) was written before what it follows`;
    if (now.event === 'claim' && held) yield `claimed again while fence ${held.fence} held it (${now.number})`;
    held = now.to === 'running' ? now : undefined;
    at = now.at;
  }
}

function* fences({ job, life }: Life): Iterable<string> {
  let fence = 0;
  for (const { event, number, ...now } of life) {
    if (event === 'claim') fence += 1;
    if (now.fence !== fence) yield `fence ${now.fence} after ${fence} claims (${event}, ${number})`;
    fence = now.fence;
  }
  if (job.fence !== fence) yield `the row says fence ${job.fence}, the journal ${fence}`;
}

const BY_THE_HOLDER = ['succeed', 'fail', 'exhaust', 'hand-back'];

/** An outcome is written by the process that made the claim, and the result is that of the attempt with the highest fence. */
function* fencedWrites({ job, life }: Life): Iterable<string> {
  let holder: Transition | undefined;
  for (const now of life) {
    if (now.event === 'claim') holder = now;
    else if (BY_THE_HOLDER.includes(now.event) && now.actor !== holder?.actor) {
      yield `${now.event} by ${now.actor} where ${holder?.actor ?? 'nobody'} held fence ${now.fence} (${now.number})`;
    }
  }
  if (job.state === 'succeeded' && job.result?.fence !== job.fence) {
    yield `its result was reached under fence ${job.result?.fence ?? 'none'}, its fence is ${job.fence}`;
  }
}

function* early({ life }: Life): Iterable<string> {
  for (const { event, at, runAt, number } of life) {
    if (event === 'claim' && at < runAt - CLAIM_AHEAD_MS)
      yield `claimed ${(runAt - at).toFixed(3)} ms early (${number})`;
  }
}

function isFinished(state: JobState): boolean {
  return (FINISHED_STATES as readonly JobState[]).includes(state);
}

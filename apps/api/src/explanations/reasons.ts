import { isOwnType, shownState, type Instant } from '@holdfast/domain';
import type { DependencyRecord } from '@holdfast/persistence';
import type { Reason, ReasonCode } from './explanation.ts';
import type { Situation } from './situation.ts';

/** Jobs that an answer names. */
const NAMED = 5;

/** Of the system's own jobs. */
const OWN = 'Nothing: it is the job of a bulk operation. Ask for another operation if there is more to do.';

/** Every reason that is true, the plainest first. A waiting job that nothing keeps is about to start. */
export function reasonsOf(situation: Situation): Reason[] {
  if (situation.job.state !== 'pending') return ofState(situation);
  const reasons = [...RULES.flatMap((rule) => rule(situation) ?? []), ...limits(situation)];
  return reasons.length > 0 ? reasons : [ABOUT_TO_START];
}

type Rule = (situation: Situation) => Reason | undefined;

const RULES: readonly Rule[] = [time, deadline, pause, turn, staff, slots, index];

const ABOUT_TO_START = reason(
  'about-to-start',
  'Nothing keeps it: it is due and a worker that can run it has a free slot.',
  'Ask again in a second.',
);

function time({ now, job: { id, runAt, attempt, maxAttempts, crashes, error } }: Situation): Reason | undefined {
  if (runAt.getTime() <= now) return undefined;
  const until = runAt.toISOString();
  const remedy = `Wait, or make it due now: POST /v1/jobs/${id}/run-now.`;
  if (attempt + crashes === 0 || error === null) return reason('due-later', `It is due at ${until}.`, remedy);
  const failed = attempt > 0 ? `Attempt ${attempt} of ${maxAttempts} failed` : 'Its worker was lost';
  return reason('waiting-for-retry', `${failed}; the next attempt is due at ${until}.`, remedy);
}

function deadline({ now, job }: Situation): Reason | undefined {
  if (!job.deadline || job.deadline.getTime() > now) return undefined;
  const detail = `Its deadline passed at ${job.deadline.toISOString()}: it will not start, and is marked expired within seconds.`;
  return reason('past-deadline', detail, 'Retry it once it has expired: that drops the deadline.');
}

function pause({ pause: paused, job }: Situation): Reason | undefined {
  if (!paused) return undefined;
  const by = paused.by === '' ? '' : ` by ${paused.by}`;
  const detail = `The queue ${job.queue} is paused since ${new Date(paused.since).toISOString()}${by}.`;
  return reason('queue-paused', detail, `Resume it: POST /v1/queues/${job.queue}/resume.`);
}

function turn({ before, job }: Situation): Reason | undefined {
  if (before === undefined) return undefined;
  const detail = `It keeps its order: the job ${before} was submitted before it with the key ${job.concurrencyKey ?? ''}, and has not finished.`;
  return reason('out-of-turn', detail, 'Wait for that one, or cancel it.');
}

function limits({ limits: standings, job: { queue } }: Situation): Reason[] {
  return standings.flatMap(({ gate: { concurrencyKey }, limit, running, nextStartAt }) => {
    const whose = concurrencyKey === undefined ? `of the queue ${queue}` : `with the key ${concurrencyKey}`;
    const remedy = `Wait, or raise the limit: PATCH /v1/queues/${queue}.`;
    const reasons: Reason[] = [];
    if (running >= (limit.concurrency ?? Infinity)) {
      const code = concurrencyKey === undefined ? 'queue-limit' : 'key-limit';
      reasons.push(
        reason(code, `${running} of the ${limit.concurrency ?? 0} jobs ${whose} that may run at once run.`, remedy),
      );
    }
    if (limit.rate && nextStartAt !== undefined) {
      const rate = `${limit.rate.limit} in ${limit.rate.perMs / 1_000} seconds`;
      const detail = `The rate of jobs ${whose}, ${rate}, lets the next one start at ${new Date(nextStartAt).toISOString()}.`;
      reasons.push(reason('rate-limit', detail, remedy));
    }
    return reasons;
  });
}

function staff({ staff: { alive, serving, able }, job }: Situation): Reason | undefined {
  if (alive === 0) return reason('no-worker', 'No worker is alive.', 'Start a worker.');
  if (serving === 0) {
    const detail = `${workers(alive)} alive, and none serves the queue ${job.queue}.`;
    return reason(
      'queue-not-served',
      detail,
      `Add ${job.queue} to WORKER_QUEUES of a worker, or start one that serves it.`,
    );
  }
  if (able > 0) return undefined;
  const detail = `${workers(serving)} alive for the queue ${job.queue}, and none has a handler for ${job.type}.`;
  return reason(
    'type-unknown',
    detail,
    'Start a worker that has the handler, or correct the type and submit it again.',
  );
}

function slots({ now, job, staff: { able, free, capacity } }: Situation): Reason | undefined {
  if (able === 0 || free > 0 || job.runAt.getTime() > now) return undefined;
  const detail = `All ${capacity} slots of the workers that can run it are taken.`;
  return reason('slots-busy', detail, 'Wait, raise its priority, start more workers, or raise WORKER_CONCURRENCY.');
}

function index({ now, job, pause: paused, place, horizonMs }: Situation): Reason | undefined {
  if (paused || place?.where !== 'nowhere' || job.runAt.getTime() > now + horizonMs) return undefined;
  const detail = 'The index in Redis does not know it yet.';
  return reason(
    'not-indexed',
    detail,
    'Wait: a scheduler finds such jobs within seconds. If it lasts, see whether one runs.',
  );
}

function ofState(situation: Situation): Reason[] {
  const { job, holderAlive } = situation;
  const ended = job.finishedAt?.toISOString() ?? '';
  const again = isOwnType(job.type) ? OWN : `Run it again: POST /v1/jobs/${job.id}/retry.`;
  switch (job.state) {
    case 'running':
      return ofRunning(job, holderAlive);
    case 'succeeded':
      return [reason('succeeded', `It has run, and succeeded at ${ended}.`, again)];
    case 'dead':
      return [reason('dead', `It failed for good at ${ended}; its failures say why.`, again)];
    case 'cancelled':
      return [reason('cancelled', `It was cancelled at ${ended}${because(situation)}.`, again)];
    case 'expired':
      return [reason('expired', `It could not start before its deadline, and expired at ${ended}.`, again)];
    case 'blocked':
    case 'pending':
      return [blocked(situation)];
  }
}

function because({ now, causes }: Situation): string {
  return causes.length === 0 ? '' : `, for it needs the success of ${named(causes, now)}`;
}

function named(jobs: readonly DependencyRecord[], now: Instant): string {
  const shown = jobs
    .slice(0, NAMED)
    .map(({ id, state, runAt = 0 }) => `${id} (${state ? shownState(state, runAt, now) : 'not kept any more'})`);
  return `${shown.join(', ')}${jobs.length > NAMED ? `, and ${jobs.length - NAMED} more` : ''}`;
}

function blocked({ now, waitsFor }: Situation): Reason {
  if (waitsFor.length === 0) {
    const remedy = 'Wait: a scheduler finds it within seconds. If it lasts, see whether one runs.';
    return reason('blocked', 'What it waited for is done, and nobody has let it go yet.', remedy);
  }
  const remedy =
    'See why they have not finished: GET /v1/jobs/{id}/explain of each. Whatever needs their success is cancelled if they fail.';
  return reason('blocked', `It waits for ${named(waitsFor, now)}.`, remedy);
}

function ofRunning(job: Situation['job'], holderAlive: boolean): Reason[] {
  const since = job.startedAt?.toISOString() ?? '';
  const holder = job.workerId ?? '';
  const reasons = [reason('running', `It is running since ${since}, on the worker ${holder}.`, 'Wait for it.')];
  if (job.cancelRequestedAt) {
    const detail = `It was asked to stop at ${job.cancelRequestedAt.toISOString()}, and its handler has not ended yet.`;
    reasons.push(
      reason('cancel-requested', detail, 'Wait: a handler that ignores its signal is given up after a while.'),
    );
  }
  if (!holderAlive) {
    const remedy = 'Wait: a scheduler frees it within seconds. If it lasts, see whether one runs.';
    reasons.push(reason('worker-silent', `The lease of the worker ${holder} has run out.`, remedy));
  }
  return reasons;
}

function workers(n: number): string {
  return n === 1 ? 'One worker is' : `${n} workers are`;
}

function reason(code: ReasonCode, detail: string, remedy: string): Reason {
  return { code, detail, remedy };
}

import { JOB_LIMITS, type Instant, type NewJob, type UniqueRule } from '@holdfast/domain';
import type { FieldError } from './field-error.ts';
import { newJobId } from './new-job-id.ts';
import type { Submission } from './submission.schema.ts';

/** A submission as a job. A time that has passed means now. */
export function toNewJob(submission: Submission, tenant: string, now: Instant, traceparent?: string): NewJob {
  const { id, type, queue, payload, priority, deadline, timeout, maxAttempts, backoff, tags } = submission;
  return {
    id: id ?? newJobId(),
    tenant,
    queue,
    type,
    payload: payload.text,
    priority,
    runAt: runAtOf(submission, now),
    deadline,
    timeoutMs: timeout,
    maxAttempts,
    backoff,
    tags,
    createdAt: now,
    traceparent,
    unique: uniqueOf(submission),
    dependencies: dependenciesOf(submission),
    ...lanesOf(submission),
  };
}

/** Most jobs have none of these. */
function lanesOf({ concurrencyKey, ordered, fairnessKey }: Submission): Partial<NewJob> {
  return {
    ...(concurrencyKey !== undefined && { concurrencyKey }),
    ...(ordered && { isOrdered: true }),
    ...(fairnessKey !== undefined && { fairnessKey }),
  };
}

function uniqueOf({
  uniqueKey: key,
  uniqueFor: heldForMs,
  onConflict = 'existing',
}: Submission): UniqueRule | undefined {
  return key === undefined ? undefined : { key, heldForMs, onConflict };
}

function dependenciesOf({ dependsOn }: Pick<Submission, 'dependsOn'>): NewJob['dependencies'] {
  if (dependsOn.length === 0) return undefined;
  return dependsOn.map(({ job, on }) => ({ dependsOn: job, condition: on }));
}

type Times = Pick<Submission, 'deadline'> & Partial<Pick<Submission, 'runAt' | 'delay'>>;

/** What is wrong with the times of a submission, seen from `now`. */
export function timeFaults(times: Times, now: Instant, pointer = ''): FieldError[] {
  const runAt = runAtOf(times, now);
  const { deadline } = times;
  const faults: FieldError[] = [];
  if (runAt > now + JOB_LIMITS.delayMs) {
    faults.push({ pointer: `${pointer}/runAt`, message: 'must be at most one year ahead' });
  }
  if (deadline === undefined) return faults;
  if (deadline <= now) faults.push({ pointer: `${pointer}/deadline`, message: 'must lie in the future' });
  else if (deadline <= runAt) faults.push({ pointer: `${pointer}/deadline`, message: 'must be after the job is due' });
  else if (deadline > now + JOB_LIMITS.deadlineMs) {
    faults.push({ pointer: `${pointer}/deadline`, message: 'must be at most two years ahead' });
  }
  return faults;
}

function runAtOf({ runAt, delay }: Partial<Pick<Submission, 'runAt' | 'delay'>>, now: Instant): Instant {
  return Math.max(now, runAt ?? now + (delay ?? 0));
}

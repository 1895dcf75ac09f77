import type { Submission } from '@holdfast/contract';
import {
  SHOWN_STATES,
  BACKOFF_STRATEGIES,
  DEPENDENCY_CONDITIONS,
  shownState,
  type Instant,
  type NewJob,
} from '@holdfast/domain';
import type { DependencyRecord, JobSummaryRecord, Membership } from '@holdfast/persistence';
import type { JobEntity, JobFailureEntity } from '@holdfast/persistence/schema';
import { z } from 'zod';

const time = z.iso.datetime();
const milliseconds = z.int().meta({ description: 'Milliseconds' });
const error = z.object({ name: z.string(), message: z.string(), stack: z.string().optional() });

/** A job as lists show it: without what may be large. */
export const JobSummary = z
  .object({
    id: z.uuid(),
    type: z.string(),
    queue: z.string(),
    state: z.enum(SHOWN_STATES),
    priority: z.int(),
    runAt: time,
    deadline: time.nullable(),
    timeout: milliseconds,
    maxAttempts: z.int(),
    backoff: z.object({
      strategy: z.enum(BACKOFF_STRATEGIES),
      delay: milliseconds,
      maxDelay: milliseconds,
      jitter: z.number(),
    }),
    tags: z.array(z.string()),
    attempt: z.int().meta({ description: 'Attempts begun, without those that were lost with their worker' }),
    fence: z.int().meta({ description: 'Grows with every start' }),
    workerId: z.uuid().nullable().meta({ description: 'The worker that runs it' }),
    createdAt: time,
    startedAt: time.nullable().meta({ description: 'The last start' }),
    finishedAt: time.nullable(),
    cancelRequestedAt: time.nullable().meta({ description: 'A running job is cancelled once its handler has stopped' }),
    error: error.nullable().meta({ description: 'Of the last failed attempt' }),
    traceparent: z.string().nullable().meta({ description: 'The trace context that its submission came with' }),
    scheduleId: z.uuid().nullable().meta({ description: 'The schedule that made it' }),
    plannedAt: time.nullable().meta({ description: 'The tick of that schedule' }),
    concurrencyKey: z.string().nullable(),
    ordered: z.boolean(),
    fairnessKey: z.string().nullable(),
  })
  .meta({ id: 'JobSummary' });
export type JobSummary = z.output<typeof JobSummary>;

export const JobFailure = z.object({
  attempt: z.int(),
  fence: z.int(),
  generation: z.int().meta({ description: 'How often it was retried by hand, from 1' }),
  kind: z.enum(['failed', 'timed-out', 'crashed']),
  error,
  workerId: z.uuid(),
  startedAt: time,
  failedAt: time,
});

export const JobDependency = z.object({
  job: z.uuid(),
  on: z.enum(DEPENDENCY_CONDITIONS),
  state: z.enum(SHOWN_STATES).nullable().optional().meta({
    description: 'Of the other job; null: it is not kept any more. Left out in the answer to a submission',
  }),
});

/** A job, whole. */
export const Job = z
  .object({
    ...JobSummary.shape,
    uniqueKey: z.string().nullable(),
    payload: z.record(z.string(), z.unknown()),
    progress: z.unknown(),
    result: z.unknown(),
    dependsOn: z.array(JobDependency).meta({ description: 'Jobs that it waits for, or did' }),
    workflow: z
      .object({ id: z.uuid(), name: z.string(), job: z.string().meta({ description: 'Its own name there' }) })
      .nullable(),
    failures: z.array(JobFailure).meta({ description: 'The last 100, oldest first' }),
  })
  .meta({ id: 'Job' });
export type Job = z.output<typeof Job>;

/** A job as it was when it was stored. In the order of `viewOfJob`, for an entity tag is made of what is written. */
export function viewOfNew(job: NewJob, submission: Submission): Job {
  return {
    id: job.id,
    type: job.type,
    queue: job.queue,
    state: shownState(job.dependencies ? 'blocked' : 'pending', job.runAt, job.createdAt),
    priority: job.priority,
    runAt: toTime(job.runAt),
    deadline: job.deadline === undefined ? null : toTime(job.deadline),
    timeout: job.timeoutMs,
    maxAttempts: job.maxAttempts,
    backoff: viewOfBackoff(job.backoff),
    tags: [...job.tags],
    attempt: 0,
    fence: 0,
    workerId: null,
    createdAt: toTime(job.createdAt),
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    error: null,
    traceparent: job.traceparent ?? null,
    scheduleId: job.origin?.scheduleId ?? null,
    plannedAt: job.origin ? toTime(job.origin.plannedAt) : null,
    concurrencyKey: job.concurrencyKey ?? null,
    ordered: job.isOrdered ?? false,
    fairnessKey: job.fairnessKey ?? null,
    uniqueKey: job.unique?.key ?? null,
    payload: submission.payload.value,
    progress: null,
    result: null,
    dependsOn: (job.dependencies ?? []).map(({ dependsOn, condition }) => ({ job: dependsOn, on: condition })),
    workflow: null,
    failures: [],
  };
}

/** What is kept of a job beside its row. */
export interface JobSurroundings {
  readonly failures: readonly JobFailureEntity[];
  readonly dependencies: readonly DependencyRecord[];
  readonly membership: Membership | undefined;
  readonly uniqueKey: string | undefined;
}

export function viewOfJob(job: JobEntity, around: JobSurroundings, now: Instant): Job {
  const { failures, dependencies, membership, uniqueKey } = around;
  return {
    ...summaryOfJob(job, now),
    uniqueKey: uniqueKey ?? null,
    payload: job.payload as Record<string, unknown>,
    progress: job.progress,
    result: job.result,
    dependsOn: dependencies.map((each) => viewOfDependency(each, now)),
    workflow: membership ? { id: membership.workflowId, name: membership.workflow, job: membership.name } : null,
    failures: failures.map(viewOfFailure),
  };
}

export function summaryOfJob(job: JobSummaryRecord, now: Instant): JobSummary {
  return {
    id: job.id,
    type: job.type,
    queue: job.queue,
    state: shownState(job.state, job.runAt.getTime(), now),
    priority: job.priority,
    runAt: job.runAt.toISOString(),
    deadline: job.deadline?.toISOString() ?? null,
    timeout: job.timeoutMs,
    maxAttempts: job.maxAttempts,
    backoff: viewOfBackoff({
      strategy: job.backoffStrategy,
      delayMs: job.backoffDelayMs,
      maxDelayMs: job.backoffMaxDelayMs,
      jitter: job.backoffJitter,
    }),
    tags: job.tags ?? [],
    attempt: job.attempt,
    fence: job.fence,
    workerId: job.workerId,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    finishedAt: job.finishedAt?.toISOString() ?? null,
    cancelRequestedAt: job.cancelRequestedAt?.toISOString() ?? null,
    error: job.error as JobSummary['error'],
    traceparent: job.traceparent,
    scheduleId: job.scheduleId,
    plannedAt: job.plannedAt?.toISOString() ?? null,
    concurrencyKey: job.concurrencyKey,
    ordered: Boolean(job.isOrdered),
    fairnessKey: job.fairnessKey,
  };
}

function viewOfBackoff({ strategy, delayMs, maxDelayMs, jitter }: NewJob['backoff']): JobSummary['backoff'] {
  return { strategy, delay: delayMs, maxDelay: maxDelayMs, jitter };
}

function viewOfFailure(failure: JobFailureEntity): Job['failures'][number] {
  const { attempt, fence, generation, kind, error, workerId, startedAt, failedAt } = failure;
  const times = { startedAt: startedAt.toISOString(), failedAt: failedAt.toISOString() };
  return { attempt, fence, generation, kind, error, workerId, ...times };
}

function viewOfDependency({ id, condition, state, runAt = 0 }: DependencyRecord, now: Instant) {
  return { job: id, on: condition, state: state === undefined ? null : shownState(state, runAt, now) };
}

function toTime(instant: Instant): string {
  return new Date(instant).toISOString();
}

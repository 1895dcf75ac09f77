import type { Submission } from '@holdfast/contract';
import { JOB_LIMITS, OWN_QUEUE, type OWN_TYPES } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { JobIntake } from '../jobs/job-intake.ts';
import { viewOfNew, type Job } from '../jobs/job-view.ts';
import type { LetterChoice } from './letter-choice.schema.ts';

/** Outages that the work outlasts: it is tried again for about two hours. */
const ATTEMPTS = 20;
const BACKOFF = { strategy: 'exponential', delayMs: 1_000, maxDelayMs: 600_000, jitter: 0.1 } as const;

type OwnType = (typeof OWN_TYPES)[keyof typeof OWN_TYPES];

/** Has a job do to dead letters what may take long: of the tenant that the job is of, and nothing in it names another. */
@Injectable()
export class LetterOrders {
  constructor(
    private readonly intake: JobIntake,
    private readonly clock: StoreClock,
  ) {}

  /** @param traceparent of the request */
  async place(
    tenant: string,
    type: OwnType,
    filter: NonNullable<LetterChoice['filter']>,
    traceparent: string | undefined,
  ): Promise<Job> {
    // What dies later than the request is not what its caller had seen, and what had died before is found: our idea of
    // MySQL's clock is not behind it when it was just asked, and never ahead.
    await this.clock.sample();
    const diedBefore = Math.min(filter.diedBefore ?? Infinity, this.clock.now() + 1);
    const submission = submissionOf(type, { ...filter, diedBefore });
    const order = { tenant, submissions: [submission], pointerOf: () => '', traceparent };
    const [job] = (await this.intake.submit(order)).jobs;
    if (!job) throw new Error('An order of one job makes one.');
    return viewOfNew(job, submission);
  }
}

function submissionOf(type: OwnType, value: Record<string, unknown>): Submission {
  return {
    type,
    queue: OWN_QUEUE,
    payload: { value, text: JSON.stringify(value) },
    priority: 0,
    timeout: JOB_LIMITS.timeoutMs,
    maxAttempts: ATTEMPTS,
    backoff: BACKOFF,
    tags: [],
    dependsOn: [],
  };
}

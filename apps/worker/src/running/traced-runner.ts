import { Injectable } from '@nestjs/common';
import type { ClaimedJob, Outcome } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { Tracing, type Span } from '@holdfast/runtime';
import type { Attempt } from './attempt.ts';
import { JobRunner } from './job-runner.ts';

/** Runs attempts so that they show in the trace of the submission: how long the job was due, and how the attempt went. */
@Injectable()
export class TracedRunner {
  constructor(
    private readonly runner: JobRunner,
    private readonly tracing: Tracing,
    private readonly clock: StoreClock,
  ) {}

  /** @returns undefined if the job was taken away, so that there is nothing to record */
  async run(attempt: Attempt): Promise<Outcome | undefined> {
    if (!this.tracing.isOn) return this.runner.run(attempt);
    const { job } = attempt;
    this.tellWait(job);
    const span = this.tracing.start(`attempt ${job.type}`, {
      kind: 'consumer',
      parent: job.traceparent,
      attributes: attributesOf(job),
    });
    const outcome = await this.runner.run({ ...attempt, job: { ...job, traceparent: span.traceparent } });
    tellOutcome(span, outcome);
    return outcome;
  }

  /** From when it was due, by MySQL's clock: the delay or backoff before that is nobody's wait. */
  private tellWait(job: ClaimedJob): void {
    if (job.traceparent === undefined) return; // it would be a trace of its own, of nothing
    const startedAt = Date.now() - Math.max(0, this.clock.now() - job.runAt);
    const attributes = attributesOf(job);
    this.tracing.start('wait', { kind: 'internal', parent: job.traceparent, startedAt, attributes }).end();
  }
}

function attributesOf({ id, type, queue, tenant, attempt, fence }: ClaimedJob): Record<string, string | number> {
  return {
    'messaging.system': 'holdfast',
    'messaging.operation.type': 'process',
    'messaging.destination.name': queue,
    'messaging.message.id': id,
    'holdfast.job.type': type,
    'holdfast.tenant': tenant,
    'holdfast.attempt': attempt,
    'holdfast.fence': fence,
  };
}

function tellOutcome(span: Span, outcome: Outcome | undefined): void {
  span.set({ 'holdfast.outcome': outcome?.kind ?? 'lease-lost' });
  if (!outcome) span.fail('the job was taken away');
  else if ('failure' in outcome) span.fail(`${outcome.failure.error.name}: ${outcome.failure.error.message}`);
  span.end();
}

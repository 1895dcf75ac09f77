import { Injectable } from '@nestjs/common';
import type { ClaimedJob } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { Metrics } from '@holdfast/runtime';

/** Measures how long jobs waited for this worker, and how long they ran here. */
@Injectable()
export class JobTimes {
  private readonly waits;
  private readonly runs;

  constructor(
    metrics: Metrics,
    private readonly clock: StoreClock,
  ) {
    this.waits = metrics
      .histogram(
        'holdfast_job_wait_seconds',
        'How long after it was due a job started',
        [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3_600],
      )
      .of('');
    this.runs = metrics.histogram(
      'holdfast_job_run_seconds',
      'How long an attempt of a job took, whatever its outcome, by type',
      [0.005, 0.05, 0.5, 2.5, 10, 60, 600, 3_600],
      'type',
    );
  }

  /** @returns when, for `ended` */
  started({ runAt, startsAt = 0 }: ClaimedJob): number {
    this.waits.observe(Math.max(0, this.clock.now() - runAt) / 1_000);
    return Math.max(performance.now(), startsAt);
  }

  ended({ type }: ClaimedJob, startedAt: number): void {
    this.runs.of(type).observe((performance.now() - startedAt) / 1_000);
  }
}

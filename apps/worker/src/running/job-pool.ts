import { Inject, Injectable } from '@nestjs/common';
import type { ClaimedJob, WorkerId } from '@holdfast/domain';
import { aborted } from '@holdfast/runtime';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import { stopReason } from './attempt.ts';
import { HeldJobs } from './held-jobs.ts';
import { Settler } from './settler.ts';
import { StartTime } from './start-time.ts';
import { TracedRunner } from './traced-runner.ts';

/** What handlers get after the grace, to notice that they were told to stop. */
const LAST_CALL_MS = 1_000;
/** What recording the last outcomes may take when MySQL hangs. */
const RECORD_MS = 4_000;

/** The slots of this worker: each job that is started runs, and its outcome goes to be recorded. */
@Injectable()
export class JobPool {
  constructor(
    private readonly held: HeldJobs,
    private readonly startTime: StartTime,
    private readonly runner: TracedRunner,
    private readonly settler: Settler,
    @Inject(workerConfiguration.KEY) private readonly configuration: WorkerConfiguration,
  ) {}

  /** How many jobs may run at once. */
  get size(): number {
    return this.configuration.concurrency;
  }

  /** How many more jobs may start now; none while outcomes pile up. */
  get free(): number {
    return this.settler.isFull ? 0 : Math.max(0, this.size - this.held.runningCount);
  }

  /** @param workerId under which it was claimed */
  start(job: ClaimedJob, workerId: WorkerId): void {
    void this.run(job, workerId);
  }

  /** Whatever runs is no longer this worker's. */
  abandonAll(): void {
    this.held.stopAll('lease-lost');
  }

  /** Lets running jobs finish within the grace, unless there is a hurry, hands back those that do not, and records every outcome. */
  async drain(hurry: AbortSignal): Promise<void> {
    await Promise.race([this.held.waitUntilIdle(this.configuration.shutdownGraceMs), aborted(hurry)]);
    this.held.stopAll('shutdown');
    await this.held.waitUntilIdle(LAST_CALL_MS);
    for (const attempt of this.held.stillRunning()) {
      if (stopReason(attempt) === 'lease-lost') continue;
      this.settler.settle({ job: attempt.job, outcome: { kind: 'handed-back' } });
    }
    await this.settler.finish(RECORD_MS);
  }

  private async run(job: ClaimedJob, workerId: WorkerId): Promise<void> {
    const attempt = this.held.hold(job, workerId);
    await this.startTime.reach(attempt);
    const outcome = await this.runner.run(attempt);
    if (outcome) this.settler.settle({ job, outcome });
    else this.held.release(job);
    this.held.end(attempt);
  }
}

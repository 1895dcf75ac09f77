import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '@holdfast/runtime';
import { LeaseKeeper } from '../leasing/lease-keeper.ts';
import { HeldJobs } from '../running/held-jobs.ts';
import { Settler } from '../running/settler.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';

/** Shows how this worker stands: its slots, what waits to be recorded, and how sure its lease is. */
@Injectable()
export class WorkerMetrics {
  constructor(
    private readonly metrics: Metrics,
    lease: LeaseKeeper,
    held: HeldJobs,
    settler: Settler,
    @Inject(workerConfiguration.KEY) { concurrency }: WorkerConfiguration,
  ) {
    this.show('holdfast_worker_slots', 'Jobs that may run here at once', () => concurrency);
    this.show('holdfast_worker_running_jobs', 'Jobs that run here', () => held.runningCount);
    this.show(
      'holdfast_worker_unsettled_jobs',
      'Jobs that ended here and whose outcomes wait to be recorded',
      () => settler.waiting,
    );
    this.show(
      'holdfast_lease_margin_seconds',
      "For how long this worker's lease still holds; negative: it is over",
      () => lease.marginMs / 1_000,
    );
    metrics.total('holdfast_leases_lost_total', 'Leases that this worker lost, each with all jobs that ran', [], () => [
      { value: lease.losses },
    ]);
  }

  private show(name: string, help: string, read: () => number): void {
    this.metrics.gauge(name, help, [], () => [{ value: read() }]);
  }
}

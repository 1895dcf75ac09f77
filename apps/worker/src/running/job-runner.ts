import { Inject, Injectable } from '@nestjs/common';
import { outcomeOfCrash, outcomeOfFailure, type ClaimedJob, type Failure, type Outcome } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { Isolation } from '../isolation/isolation.ts';
import { Quarantine } from '../isolation/quarantine.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import { NOT_CALLED, stopReason, StopRequest, type Attempt, type Ending } from './attempt.ts';
import { HandlerCaller } from './handler-caller.ts';

/** Takes one claimed job through its attempt. How it ends is a value; nothing is written here. */
@Injectable()
export class JobRunner {
  constructor(
    private readonly caller: HandlerCaller,
    private readonly quarantine: Quarantine,
    private readonly isolation: Isolation,
    private readonly clock: StoreClock,
    @Inject(workerConfiguration.KEY) private readonly configuration: WorkerConfiguration,
  ) {}

  /** @returns undefined if the job was taken away, so that there is nothing to record */
  async run(attempt: Attempt): Promise<Outcome | undefined> {
    const { job } = attempt;
    const ending = attempt.stop.signal.aborted ? NOT_CALLED : await this.call(attempt);
    const reason = stopReason(attempt);
    if (reason === 'lease-lost') return undefined;
    if (reason === 'cancelled') return { kind: 'cancelled' };
    if (reason === 'timed-out') return this.failed(job, 'timed-out', timeoutError(job));
    if (ending.kind === 'returned') return { kind: 'succeeded', result: ending.result, enqueued: ending.enqueued };
    if (ending.kind === 'snoozed') return ending;
    if (reason === 'shutdown' || ending.kind === 'not-called') return { kind: 'handed-back' };
    if (ending.kind === 'threw') return this.failed(job, 'failed', ending.error, ending.final);
    const { maxCrashes } = this.configuration;
    return outcomeOfCrash(job, this.failure('crashed', ending.error), maxCrashes, Math.random());
  }

  /** A job that was lost with a worker may have been the cause: it never again runs where others do that were not. */
  private async call(attempt: Attempt): Promise<Ending> {
    const { crashes } = attempt.job;
    if (crashes === 0) return withinTimeout(attempt, () => this.caller.call(attempt));
    const apart = crashes < this.isolation.fromCrashes ? this.quarantine : this.isolation;
    return apart.run(attempt, (isolated) => withinTimeout(attempt, () => isolated.call(attempt)));
  }

  private failed(job: ClaimedJob, kind: Failure['kind'], error: Failure['error'], final = false): Outcome {
    return outcomeOfFailure(job, this.failure(kind, error, final), Math.random());
  }

  private failure(kind: Failure['kind'], error: Failure['error'], final = false): Failure {
    return { kind, error, final, failedAt: this.clock.now() };
  }
}

async function withinTimeout({ job, stop }: Attempt, call: () => Promise<Ending>): Promise<Ending> {
  const timeout = setTimeout(() => stop.abort(new StopRequest('timed-out')), job.timeoutMs);
  try {
    return await call();
  } finally {
    clearTimeout(timeout);
  }
}

function timeoutError(job: ClaimedJob): Failure['error'] {
  return { name: 'TimeoutError', message: `it took longer than its timeout of ${job.timeoutMs} ms` };
}

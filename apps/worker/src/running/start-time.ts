import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { LeaseKeeper } from '../leasing/lease-keeper.ts';
import { StopRequest, type Attempt } from './attempt.ts';

/** Keeps jobs that were claimed ahead of their time until it has come. */
@Injectable()
export class StartTime {
  constructor(
    private readonly lease: LeaseKeeper,
    private readonly logger: PinoLogger,
  ) {}

  /** Resolves when the attempt may start, or was told to stop; it is told so, too, if the lease is not sure any more by then. */
  async reach({ job, stop }: Attempt): Promise<void> {
    if (job.startsAt !== undefined) {
      await untilOrStopped(job.startsAt, stop.signal);
      if (!this.lease.isHeld) stop.abort(new StopRequest('lease-in-doubt'));
    }
    if (!stop.signal.aborted) {
      const { id: jobId, type, attempt, fence } = job;
      this.logger.debug({ jobId, type, attempt, fence }, 'started');
    }
  }
}

/** Resolves at that time of performance.now() and never sooner, unless stopped. A timer may be up to a millisecond early. */
async function untilOrStopped(time: number, stopped: AbortSignal): Promise<void> {
  for (let left = time - performance.now(); left > 0 && !stopped.aborted; left = time - performance.now())
    await pause(Math.ceil(left), undefined, { signal: stopped }).catch(() => undefined);
}

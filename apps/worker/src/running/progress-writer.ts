import { Injectable } from '@nestjs/common';
import { JOB_LIMITS, type ClaimedJob, type JobId, type Progress } from '@holdfast/domain';
import { JobSettlementStore } from '@holdfast/persistence';
import { PinoLogger } from 'nestjs-pino';
import { LeaseKeeper } from '../leasing/lease-keeper.ts';

const WRITE_EVERY_MS = 1_000;

/** Writes the latest progress of every job about once a second, all in one statement. It is news, not truth: it may be lost. */
@Injectable()
export class ProgressWriter {
  private readonly latest = new Map<JobId, Progress>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settlements: JobSettlementStore,
    private readonly lease: LeaseKeeper,
    private readonly logger: PinoLogger,
  ) {}

  report(job: ClaimedJob, value: unknown): void {
    const progress = JSON.stringify(value) as string | undefined;
    if (progress === undefined) return;
    if (Buffer.byteLength(progress) > JOB_LIMITS.progressBytes) {
      throw new RangeError(`progress may have ${JOB_LIMITS.progressBytes} bytes as JSON`);
    }
    this.latest.set(job.id, { id: job.id, fence: job.fence, progress });
    this.timer ??= setTimeout(() => void this.write(), WRITE_EVERY_MS);
  }

  private async write(): Promise<void> {
    const batch = [...this.latest.values()];
    this.latest.clear();
    this.timer = undefined;
    try {
      await this.settlements.report(this.lease.workerId, batch);
    } catch (error) {
      this.logger.warn({ err: error, jobs: batch.length }, 'progress was not written');
    }
  }
}

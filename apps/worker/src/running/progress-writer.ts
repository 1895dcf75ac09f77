import { Injectable } from '@nestjs/common';
import { JOB_LIMITS, type JobId, type Progress, type WorkerId } from '@holdfast/domain';
import { JobSettlementStore } from '@holdfast/persistence';
import { PinoLogger } from 'nestjs-pino';
import type { Attempt } from './attempt.ts';

const WRITE_EVERY_MS = 1_000;

/** Writes the latest progress of every job about once a second, all in one statement. It is news, not truth: it may be lost. */
@Injectable()
export class ProgressWriter {
  private readonly latest = new Map<JobId, { readonly workerId: WorkerId; readonly progress: Progress }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settlements: JobSettlementStore,
    private readonly logger: PinoLogger,
  ) {}

  report({ job, workerId }: Attempt, value: unknown): void {
    const progress = JSON.stringify(value) as string | undefined;
    if (progress === undefined) return;
    if (Buffer.byteLength(progress) > JOB_LIMITS.progressBytes) {
      throw new RangeError(`progress may have ${JOB_LIMITS.progressBytes} bytes as JSON`);
    }
    this.latest.set(job.id, { workerId, progress: { id: job.id, fence: job.fence, progress } });
    this.timer ??= setTimeout(() => void this.write(), WRITE_EVERY_MS);
  }

  private async write(): Promise<void> {
    const batches = Map.groupBy(this.latest.values(), ({ workerId }) => workerId); // more than one right after a lost lease
    this.latest.clear();
    this.timer = undefined;
    for (const [workerId, batch] of batches) {
      try {
        const rows = batch.map(({ progress }) => progress);
        await this.settlements.report(workerId, rows);
      } catch (error) {
        this.logger.warn({ err: error, jobs: batch.length }, 'progress was not written');
      }
    }
  }
}

import { Injectable } from '@nestjs/common';
import { JOB_LIMITS, type JobId, type Progress, type WorkerId } from '@holdfast/domain';
import { JobSettlementStore } from '@holdfast/persistence';
import { PinoLogger } from 'nestjs-pino';
import type { Attempt } from './attempt.ts';

const WRITE_EVERY_MS = 1_000;

/** Writes the latest progress of every job about once a second, all in one statement, and that of an attempt before it ends. It is news, not truth: it may be lost. */
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

  /** The attempt ends, and after that nothing of it is accepted. @returns undefined if all is written */
  end({ job, workerId }: Attempt): Promise<void> | undefined {
    const last = this.latest.get(job.id)?.progress;
    if (last?.fence !== job.fence) return undefined;
    this.latest.delete(job.id);
    return this.store(workerId, [last]);
  }

  private async write(): Promise<void> {
    const batches = Map.groupBy(this.latest.values(), ({ workerId }) => workerId); // more than one right after a lost lease
    this.latest.clear();
    this.timer = undefined;
    for (const [workerId, batch] of batches)
      await this.store(
        workerId,
        batch.map(({ progress }) => progress),
      );
  }

  private async store(workerId: WorkerId, progress: readonly Progress[]): Promise<void> {
    try {
      await this.settlements.report(workerId, progress);
    } catch (error) {
      this.logger.warn({ err: error, jobs: progress.length }, 'progress was not written');
    }
  }
}

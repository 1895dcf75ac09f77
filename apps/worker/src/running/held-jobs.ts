import { Injectable } from '@nestjs/common';
import type { ClaimedJob, JobId, WorkerId } from '@holdfast/domain';
import { JobTimes } from '../metrics/job-times.ts';
import { VitalSigns } from '../leasing/vital-signs.ts';
import { Attention } from './attention.ts';
import { StopRequest, type Attempt, type StopReason } from './attempt.ts';

/**
 * The jobs that MySQL has under this worker's name: from the claim until the outcome is recorded or void. A job takes up
 * a slot only while its handler runs; after a lost lease an abandoned attempt may still do so beside the next one.
 */
@Injectable()
export class HeldJobs {
  private readonly held = new Map<JobId, Attempt>();
  /** With the times when they started. */
  private readonly running = new Map<Attempt, number>();
  private idle: (() => void) | undefined;

  constructor(
    private readonly attention: Attention,
    private readonly signs: VitalSigns,
    private readonly times: JobTimes,
  ) {}

  get runningCount(): number {
    return this.running.size;
  }

  has(id: JobId): boolean {
    return this.held.has(id);
  }

  ids(): ReadonlySet<JobId> {
    return new Set(this.held.keys());
  }

  hold(job: ClaimedJob, workerId: WorkerId): Attempt {
    const entry = { job, workerId, stop: new AbortController() };
    this.held.set(job.id, entry);
    this.running.set(entry, this.times.started(job));
    this.signs.started(job.type);
    return entry;
  }

  /** Its handler ended: the slot is free, the outcome still to be recorded. */
  end(entry: Attempt): void {
    const startedAt = this.running.get(entry);
    if (startedAt !== undefined) this.times.ended(entry.job, startedAt);
    this.running.delete(entry);
    this.signs.ended(entry.job.type);
    this.attention.raise();
    if (this.running.size === 0) this.idle?.();
  }

  /** Its outcome is recorded or void. */
  release({ id, fence }: ClaimedJob): void {
    if (this.held.get(id)?.job.fence === fence) this.held.delete(id);
  }

  stop(id: JobId, reason: StopReason): void {
    this.held.get(id)?.stop.abort(new StopRequest(reason));
  }

  stopAll(reason: StopReason): void {
    for (const { stop } of this.running.keys()) stop.abort(new StopRequest(reason));
  }

  /** Those whose handlers still run. */
  stillRunning(): Attempt[] {
    return [...this.running.keys()];
  }

  /** Resolves when no handler runs any more, or after the given milliseconds. */
  async waitUntilIdle(milliseconds: number): Promise<void> {
    if (this.running.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

import { Injectable } from '@nestjs/common';
import type { ClaimedJob, JobId } from '@holdfast/domain';
import { Attention } from './attention.ts';

/** Why an attempt was told to stop. */
export type StopReason = 'timed-out' | 'cancelled' | 'shutdown' | 'lease-lost';

export class StopRequest extends Error {
  override readonly name = 'AbortError';

  constructor(readonly reason: StopReason) {
    super(`the attempt was told to stop: ${reason}`);
  }
}

export interface HeldJob {
  readonly job: ClaimedJob;
  readonly stop: AbortController;
}

/**
 * The jobs that MySQL has under this worker's name: from the claim until the outcome is recorded or void. A job takes up
 * a slot only while its handler runs.
 */
@Injectable()
export class HeldJobs {
  private readonly held = new Map<JobId, HeldJob>();
  private readonly running = new Set<JobId>();
  private idle: (() => void) | undefined;

  constructor(private readonly attention: Attention) {}

  get runningCount(): number {
    return this.running.size;
  }

  has(id: JobId): boolean {
    return this.held.has(id);
  }

  hold(job: ClaimedJob): HeldJob {
    const entry = { job, stop: new AbortController() };
    this.held.set(job.id, entry);
    this.running.add(job.id);
    return entry;
  }

  /** Its handler ended: the slot is free, the outcome still to be recorded. */
  end(id: JobId): void {
    this.running.delete(id);
    this.attention.raise();
    if (this.running.size === 0) this.idle?.();
  }

  release(id: JobId): void {
    this.held.delete(id);
  }

  stop(id: JobId, reason: StopReason): void {
    this.held.get(id)?.stop.abort(new StopRequest(reason));
  }

  stopAll(reason: StopReason): void {
    for (const { stop } of this.held.values()) stop.abort(new StopRequest(reason));
  }

  /** Those whose handlers still run. */
  stillRunning(): ClaimedJob[] {
    return [...this.running].flatMap((id) => this.held.get(id)?.job ?? []);
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

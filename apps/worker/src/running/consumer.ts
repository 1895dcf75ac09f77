import { Injectable } from '@nestjs/common';
import type { ClaimedJob, WorkerId } from '@holdfast/domain';
import { endsWithin } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { Attention } from './attention.ts';
import { ClaimContext } from './claim-context.ts';
import { JobPool } from './job-pool.ts';
import { JobSource } from './job-source.ts';
import { QueueWatch } from './queue-watch.ts';

const BATCH_SIZE = 500;
const LONGEST_REST_MS = 5_000;
const RETRY_MS = 500;
const AUDIT_EVERY_MS = 30_000;
/** A claim under way is waited for, unless MySQL hangs: then its jobs run elsewhere when the lease has ended. */
const LAST_CLAIM_MS = 2_000;

/** Keeps the pool busy: claims as many jobs as there are free slots, no more, and rests until there is a reason not to. */
@Injectable()
export class Consumer {
  private stopping = false;
  /** What is claimed from now on is nobody's: the process is about to end. */
  private stopped = false;
  private running: Promise<void> | undefined;
  /** A claim failed midway: MySQL may have given this worker jobs that it was never told of. */
  private doubtful = false;
  /** A commit may come through long after its sender gave it up, so it is also looked for now and then. */
  private auditAt = performance.now() + AUDIT_EVERY_MS;

  constructor(
    private readonly source: JobSource,
    private readonly queues: QueueWatch,
    private readonly pool: JobPool,
    private readonly attention: Attention,
    private readonly context: ClaimContext,
    private readonly logger: PinoLogger,
  ) {}

  start(): void {
    this.running ??= this.consume();
  }

  /** Resolves when no further job will be started. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.attention.raise();
    await endsWithin(LAST_CLAIM_MS, this.running ?? Promise.resolve());
    this.stopped = true;
  }

  private async consume(): Promise<void> {
    while (!this.stopping) {
      try {
        if (this.mustAudit()) await this.recoverForgotten();
        if (!(await this.fetchDue())) await this.attention.wait(this.restTime());
      } catch (error) {
        this.doubtful = true;
        this.logger.warn({ err: error }, 'cannot claim jobs now');
        await this.attention.wait(RETRY_MS);
      }
    }
  }

  /** @returns whether anything was claimed */
  private async fetchDue(): Promise<boolean> {
    let claimed = 0;
    for (const queue of this.queues.due()) {
      if (this.stopping || this.pool.free === 0 || !this.context.mayClaim) break;
      claimed += await this.fetchFrom(queue);
    }
    return claimed > 0;
  }

  private async fetchFrom(queue: string): Promise<number> {
    const workerId = this.context.workerId;
    this.queues.ask(queue);
    try {
      const { jobs, askAgainIn } = await this.source.fetch(queue, Math.min(this.pool.free, BATCH_SIZE));
      this.queues.restFor(queue, askAgainIn);
      this.startIfStillOurs(workerId, jobs);
      return jobs.length;
    } finally {
      this.queues.restFor(queue, RETRY_MS);
    }
  }

  private async recoverForgotten(): Promise<void> {
    const workerId = this.context.workerId;
    const jobs = await this.source.findForgotten();
    this.doubtful = false;
    this.auditAt = performance.now() + AUDIT_EVERY_MS;
    if (jobs.length > 0) this.logger.info({ jobIds: jobs.map(({ id }) => id) }, 'recovered: claimed without an answer');
    this.startIfStillOurs(workerId, jobs);
  }

  /** What was claimed under a lease that was lost meanwhile is somebody else's. */
  private startIfStillOurs(workerId: WorkerId, jobs: readonly ClaimedJob[]): void {
    if (this.stopped) return;
    if (this.context.workerId === workerId && this.context.mayClaim)
      for (const job of jobs) this.pool.start(job, workerId);
    else if (jobs.length > 0) this.doubtful = true;
  }

  private mustAudit(): boolean {
    return this.context.mayClaim && (this.doubtful || performance.now() >= this.auditAt);
  }

  private restTime(): number {
    return this.pool.free === 0 || !this.context.mayClaim ? LONGEST_REST_MS : this.queues.restTime(LONGEST_REST_MS);
  }
}

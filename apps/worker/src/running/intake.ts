import { Injectable } from '@nestjs/common';
import type { ClaimedJob, WorkerId } from '@holdfast/domain';
import { PinoLogger } from 'nestjs-pino';
import { Attention } from './attention.ts';
import { ClaimContext } from './claim-context.ts';
import { JobPool } from './job-pool.ts';
import { JobSource } from './job-source.ts';

/** Jobs of one claim, and so of one transaction. */
const BATCH_SIZE = 500;
const CLAIMS_AT_ONCE = 4;
/** While a claim is under way, what comes due so soon after it goes together. */
const GATHER_MS = 5;
const AUDIT_EVERY_MS = 30_000;

/**
 * Claims under way and the start of what they bring. Several at a time, so that a job that comes due does not wait for
 * the commit of the one before it; but a worker under load lets its free slots add up to a batch instead.
 */
@Injectable()
export class Intake {
  /** How many jobs each may bring. */
  private readonly underWay = new Map<Promise<void>, number>();
  private begunAt = -Infinity;
  /** What is claimed from now on is nobody's: the process is about to end. */
  private closed = false;
  private failure: { readonly error: unknown } | undefined;
  /** MySQL may have given this worker jobs that nobody has started. */
  private doubtful = false;
  /** A commit may come through long after its sender gave it up, so it is also looked for now and then. */
  private auditAt = performance.now() + AUDIT_EVERY_MS;

  constructor(
    private readonly source: JobSource,
    private readonly pool: JobPool,
    private readonly context: ClaimContext,
    private readonly attention: Attention,
    private readonly logger: PinoLogger,
  ) {}

  /** How many jobs to ask for now. */
  get room(): number {
    if (!this.context.mayClaim || this.underWay.size >= CLAIMS_AT_ONCE || this.gathersFor > 0) return 0;
    const expected = [...this.underWay.values()].reduce((sum, jobs) => sum + jobs, 0);
    const room = Math.min(BATCH_SIZE, this.pool.free - expected);
    const isWorthIt = this.underWay.size === 0 || room >= Math.min(BATCH_SIZE, this.pool.size / 2);
    return isWorthIt ? Math.max(0, room) : 0;
  }

  /** Milliseconds until a further claim may begin beside those under way. */
  get gathersFor(): number {
    return this.underWay.size === 0 ? 0 : Math.max(0, this.begunAt + GATHER_MS - performance.now());
  }

  get mustAudit(): boolean {
    return this.context.mayClaim && (this.doubtful || performance.now() >= this.auditAt);
  }

  /** Starts what the claim brings, unless the lease that it was begun under is lost by then. */
  follow(workerId: WorkerId, jobs: number, claim: Promise<readonly ClaimedJob[]>): void {
    const ended = claim
      .then((claimed) => this.startIfStillOurs(workerId, claimed))
      .catch((error: unknown) => {
        this.failure = { error };
      })
      .then(() => {
        this.underWay.delete(ended);
        this.attention.raise();
      });
    this.underWay.set(ended, jobs);
    this.begunAt = performance.now();
  }

  /** @throws what a claim failed with since it was asked last */
  check(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure.error;
  }

  /** A claim may have come through whose answer did not. */
  doubt(): void {
    this.doubtful = true;
  }

  async recoverForgotten(): Promise<void> {
    await this.settled(); // what they bring is not forgotten
    const workerId = this.context.workerId;
    const jobs = await this.source.findForgotten();
    this.doubtful = false;
    this.auditAt = performance.now() + AUDIT_EVERY_MS;
    if (jobs.length > 0) this.logger.info({ jobIds: jobs.map(({ id }) => id) }, 'recovered: claimed without an answer');
    this.startIfStillOurs(workerId, jobs);
  }

  /** Resolves when no claim is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay.keys());
  }

  close(): void {
    this.closed = true;
  }

  /** What was claimed under a lease that was lost meanwhile is somebody else's; what is doubtful waits for a recovery. */
  private startIfStillOurs(workerId: WorkerId, jobs: readonly ClaimedJob[]): void {
    if (this.closed) return;
    const isOurs = this.context.workerId === workerId && this.context.mayClaim;
    for (const job of jobs) {
      if (isOurs && !job.isDoubtful) this.pool.start(job, workerId);
      else this.doubtful = true;
    }
  }
}

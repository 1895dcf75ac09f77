import { Injectable } from '@nestjs/common';
import {
  JOB_LIMITS,
  type ClaimedJob,
  type IndexEntry,
  type NewJob,
  type Opening,
  type Outcome,
  type Settlement,
  type WorkerId,
} from '@holdfast/domain';
import { isRefusal, JobSettlementStore, KeyHeldError, UnknownDependencyError } from '@holdfast/persistence';
import { RedisReadyIndex } from '@holdfast/queue';
import { endsWithin } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { LeaseKeeper } from '../leasing/lease-keeper.ts';
import { Attention } from './attention.ts';
import { HeldJobs } from './held-jobs.ts';
import { toJobError } from './job-error.ts';

const BATCH_SIZE = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Outcomes that come so soon after a batch was begun go together. */
const GATHER_MS = 5;
const RETRY_MS = 500;
/** Outcomes kept while MySQL does not take them; beyond it no further job is claimed. */
const BACKLOG = 2_000;

interface Pending {
  readonly workerId: WorkerId;
  readonly settlement: Settlement;
}

/**
 * Records outcomes in batches: a lone one at once, those that come meanwhile together. Outcomes are kept and tried again
 * until MySQL has them or the lease under which they were reached is lost.
 */
@Injectable()
export class Settler {
  private backlog: Pending[] = [];
  private flushing: Promise<void> | undefined;
  private begunAt = -Infinity;

  constructor(
    private readonly settlements: JobSettlementStore,
    private readonly index: RedisReadyIndex,
    private readonly lease: LeaseKeeper,
    private readonly held: HeldJobs,
    private readonly attention: Attention,
    private readonly logger: PinoLogger,
  ) {}

  get isFull(): boolean {
    return this.backlog.length >= BACKLOG;
  }

  /** Outcomes that are not recorded yet and not being recorded now. */
  get waiting(): number {
    return this.backlog.length;
  }

  settle(settlement: Settlement): void {
    this.backlog.push({ workerId: this.lease.workerId, settlement });
    this.flushing ??= this.flush();
  }

  /** Resolves when every outcome is recorded or void, or when MySQL has hung for too long: then jobs run again elsewhere. */
  async finish(withinMs: number): Promise<void> {
    if (await endsWithin(withinMs, this.flushing ?? Promise.resolve())) return;
    this.logger.error({ jobs: this.backlog.length }, 'outcomes lost: MySQL did not take them before the end');
  }

  private async flush(): Promise<void> {
    await Promise.resolve(); // outcomes of the same moment go together
    while (this.backlog.length > 0) {
      await this.gather();
      const batch = this.nextBatch();
      while (!(await this.record(batch))) await pause(RETRY_MS);
      for (const { settlement } of batch) this.held.release(settlement.job);
      this.attention.raise();
    }
    this.flushing = undefined;
  }

  private async gather(): Promise<void> {
    const gatherFor = this.begunAt + GATHER_MS - performance.now();
    if (gatherFor > 0 && this.backlog.length < BATCH_SIZE) await pause(gatherFor);
    this.begunAt = performance.now();
  }

  private nextBatch(): Pending[] {
    let bytes = 0;
    const end = this.backlog.findIndex(({ settlement }, index) => {
      bytes += sizeOf(settlement.outcome);
      return index > 0 && (index >= BATCH_SIZE || bytes > BATCH_BYTES);
    });
    return this.backlog.splice(0, end === -1 ? this.backlog.length : end);
  }

  /** @returns false if MySQL did not take it now, so that the same batch must be tried again */
  private async record(batch: readonly Pending[]): Promise<boolean> {
    const workerId = this.lease.workerId;
    const ours = batch.filter((pending) => pending.workerId === workerId).map(({ settlement }) => settlement);
    if (ours.length === 0 || this.lease.isLost) return this.giveUp(batch);
    try {
      this.tell(ours, await this.settlements.settle(workerId, ours));
      return true;
    } catch (error) {
      const isRefused = isRefusal(error) || error instanceof KeyHeldError || error instanceof UnknownDependencyError;
      return isRefused ? this.recordApart(workerId, ours, error) : this.postpone(ours, error);
    }
  }

  private giveUp(batch: readonly Pending[]): boolean {
    this.logger.warn({ jobs: batch.length }, 'outcomes void: the lease they were reached under is lost');
    return true;
  }

  private postpone(batch: readonly Settlement[], error: unknown): boolean {
    this.logger.warn({ err: error, jobs: batch.length }, 'outcomes wait for MySQL');
    return false;
  }

  /** One outcome that MySQL refuses must not hold up the others: that job is dead, and says why. */
  private async recordApart(workerId: WorkerId, batch: readonly Settlement[], refusal: unknown): Promise<boolean> {
    if (batch.length === 1 && batch[0]) return this.recordRefusal(workerId, batch[0], refusal);
    for (const settlement of batch) {
      while (!(await this.record([{ workerId, settlement }]))) await pause(RETRY_MS);
    }
    return true;
  }

  private async recordRefusal(workerId: WorkerId, { job, outcome }: Settlement, refusal: unknown): Promise<boolean> {
    this.logger.error({ err: refusal, jobId: job.id, outcome: outcome.kind }, 'the outcome cannot be recorded');
    const failure = { kind: 'failed', error: toJobError(refusal), final: true, failedAt: job.runAt } as const;
    try {
      await this.settlements.settle(workerId, [{ job, outcome: { kind: 'dead', failure } }]);
      return true;
    } catch (error) {
      return this.postpone([{ job, outcome }], error);
    }
  }

  private tell(asked: readonly Settlement[], recorded: readonly Settlement[]): void {
    const again = recorded.flatMap(({ job, outcome }): IndexEntry[] => {
      if ('runAt' in outcome) return [{ ...job, runAt: outcome.runAt }];
      return outcome.kind === 'handed-back' ? [job] : [];
    });
    this.openGates(recorded);
    if (again.length > 0) void this.index.add(again).catch(() => undefined); // the scheduler finds them
    for (const settlement of recorded) this.log(settlement);
    if (recorded.length < asked.length) {
      this.logger.warn(
        { jobs: asked.length - recorded.length },
        'outcomes void: these jobs were taken from this worker',
      );
    }
  }

  /** Whoever waits for the slots of these jobs may start. */
  private openGates(recorded: readonly Settlement[]): void {
    const limited = recorded.filter(({ job }) => job.isLimited === true || job.concurrencyKey !== undefined);
    for (const [queue, group] of Map.groupBy(limited, ({ job }) => job.queue)) {
      const openings = group.flatMap(({ job }) => freedBy(job));
      void this.index.open(queue, openings).catch(() => undefined); // gates are looked at again now and then
    }
  }

  private log({ job, outcome }: Settlement): void {
    const { id: jobId, type, attempt, fence } = job;
    const fields = { jobId, type, attempt, fence, outcome: outcome.kind, ...detailsOf(outcome) };
    if (outcome.kind === 'dead' || outcome.kind.startsWith('crashed')) this.logger.warn(fields, 'settled');
    else if ('runAt' in outcome) this.logger.info(fields, 'settled');
    else this.logger.debug(fields, 'settled');
  }
}

function freedBy({ tenant, concurrencyKey, isLimited }: ClaimedJob): Opening[] {
  const gates = [
    ...(isLimited ? [{ tenant }] : []),
    ...(concurrencyKey === undefined ? [] : [{ tenant, concurrencyKey }]),
  ];
  return gates.map((gate) => ({ gate, room: 1, isRelative: true }));
}

function detailsOf(outcome: Outcome): object {
  if (!('failure' in outcome)) return {};
  const { name, message } = outcome.failure.error;
  const runAt = 'runAt' in outcome ? { runAt: new Date(outcome.runAt).toISOString() } : {};
  return { error: `${name}: ${message}`, ...runAt };
}

function sizeOf(outcome: Outcome): number {
  if (outcome.kind === 'succeeded') return 256 + (outcome.result?.length ?? 0) + sizeOfJobs(outcome.enqueued ?? []);
  return 'failure' in outcome ? 256 + JOB_LIMITS.errorBytes : 256;
}

function sizeOfJobs(jobs: readonly NewJob[]): number {
  return jobs.reduce((sum, { payload }) => sum + 256 + payload.length, 0);
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

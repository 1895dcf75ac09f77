import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import type { WorkerId } from '@holdfast/domain';
import { WorkerStore } from '@holdfast/persistence';
import { endsWithin } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { HandlerRegistry } from '../handling/handler-registry.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import type { LeaseMessage } from './lease-thread.ts';
import { monotonicNow } from './monotonic.ts';
import { RenewalThread } from './renewal-thread.ts';

export interface LeaseListener {
  /** Whatever ran under the lease is no longer this worker's. */
  onLost(): void;
  onCancelRequested(): void;
  /** After a loss or a doubt: there is a lease to claim jobs under. */
  onRejoined(): void;
  /** Whether a scheduler that reaches MySQL could tell this worker so: that it was taken for lost. */
  mayBeTold(): boolean;
}

const REJOIN_MS = 1_000;
const DOUBT_LOOK_MS = 1_000;
const FAREWELL_MS = 1_000;
/** Once more than needed: the first may fail, or come before the job that is meant has started here. */
const CANCEL_READS = 2;

/**
 * This process's lease: one row in MySQL under a fresh id, renewed by a thread. When it cannot be confirmed in time, it is
 * over for good, and the process joins again under a new id, as a new worker. Only while MySQL does not answer and a
 * scheduler that had taken this worker for lost could still say so, it is in doubt: nothing is claimed, what runs goes on.
 */
@Injectable()
export class LeaseKeeper {
  private id: WorkerId = randomUUID();
  private heldUntil = new Float64Array(new SharedArrayBuffer(8));
  private expiry: NodeJS.Timeout | undefined;
  private listener: LeaseListener | undefined;
  private cancelRequests = 0;
  private cancelsToRead = 0;
  private lost = false;
  /** Since when MySQL has been asked in vain, on the monotonic clock. */
  private failingSince: number | undefined;
  private doubtful = false;
  private stopping = false;
  private lossCount = 0;

  constructor(
    private readonly workers: WorkerStore,
    private readonly registry: HandlerRegistry,
    private readonly thread: RenewalThread,
    @Inject(workerConfiguration.KEY) private readonly configuration: WorkerConfiguration,
    private readonly logger: PinoLogger,
  ) {}

  get workerId(): WorkerId {
    return this.id;
  }

  get isHeld(): boolean {
    return monotonicNow() < (this.heldUntil[0] ?? 0);
  }

  /** For good: jobs held under it belong to others. While it is merely doubtful, its outcomes are kept. */
  get isLost(): boolean {
    return this.lost;
  }

  /** For how long it still holds; negative since it ended. */
  get marginMs(): number {
    return (this.heldUntil[0] ?? 0) - monotonicNow();
  }

  /** How often this process has lost one. */
  get losses(): number {
    return this.lossCount;
  }

  /** Somebody who reaches MySQL calls this worker, which does not: it is cut off, and its lease is over. */
  onCalledInDoubt(): void {
    if (this.doubtful) this.lose('others reach MySQL and this worker does not');
  }

  async start(listener: LeaseListener): Promise<void> {
    this.listener = listener;
    await this.join();
  }

  /** Ends the lease at once, so that nobody waits for it to run out; if MySQL hangs, it runs out. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.expiry);
    await this.thread.stop();
    await endsWithin(
      FAREWELL_MS,
      this.workers.deregister(this.id).catch(() => undefined),
    );
  }

  /** The thread comes first: it may take longer to start than a short lease lasts. */
  private async join(): Promise<void> {
    const { concurrency, queues, leaseMs } = this.configuration;
    await this.thread.start({
      onMessage: (message) => this.onMessage(message),
      onFailed: (error) => this.onThreadFailed(error),
    });
    this.id = randomUUID();
    this.cancelRequests = 0;
    const asked = monotonicNow();
    const name = `${hostname()}:${process.pid}`;
    await this.workers.register({
      id: this.id,
      name,
      queues,
      types: this.registry.types,
      capacity: concurrency,
      leaseMs,
    });
    this.heldUntil = new Float64Array(new SharedArrayBuffer(8)); // of the last lease nothing may count for this one
    this.heldUntil[0] = asked + leaseMs;
    this.lost = false;
    this.thread.renew({ workerId: this.id, heldUntil: this.heldUntil.buffer });
    this.watchExpiry();
    this.logger.info({ workerId: this.id, name, queues, capacity: concurrency }, 'joined');
  }

  private onThreadFailed(error: unknown): void {
    this.logger.error({ err: error }, 'the lease thread failed');
    this.lose('its thread failed');
  }

  private onMessage(message: LeaseMessage): void {
    if (message.kind === 'ready' || message.workerId !== this.id) return;
    if (message.kind === 'lost') {
      this.lose('it was taken for dead');
      return;
    }
    if (message.kind === 'failed') {
      this.logger.warn({ reason: message.reason }, 'the lease was not renewed');
      this.failingSince ??= message.asked;
      return;
    }
    this.endDoubt();
    this.watchExpiry();
    if (message.cancelRequests !== this.cancelRequests) this.cancelsToRead = CANCEL_READS;
    this.cancelRequests = message.cancelRequests;
    if (this.cancelsToRead === 0) return;
    this.cancelsToRead -= 1;
    this.listener?.onCancelRequested();
  }

  private watchExpiry(): void {
    clearTimeout(this.expiry);
    this.expiry = setTimeout(
      () => (this.isHeld ? this.watchExpiry() : this.expire()),
      Math.max(1, (this.heldUntil[0] ?? 0) - monotonicNow()),
    );
  }

  /** A process that was frozen itself has not asked MySQL in vain before the lease ran out. */
  private expire(): void {
    const isOutage = this.failingSince !== undefined && this.failingSince < (this.heldUntil[0] ?? 0);
    if (!isOutage || !this.listener?.mayBeTold()) {
      this.lose('it could not be renewed in time');
      return;
    }
    if (!this.doubtful) this.logger.warn({ workerId: this.id }, 'the lease is in doubt: what runs goes on');
    this.doubtful = true;
    this.expiry = setTimeout(() => (this.isHeld ? this.watchExpiry() : this.expire()), DOUBT_LOOK_MS);
  }

  private endDoubt(): void {
    this.failingSince = undefined;
    if (!this.doubtful) return;
    this.doubtful = false;
    this.logger.info({ workerId: this.id }, 'the lease is confirmed again');
    this.listener?.onRejoined();
  }

  private lose(reason: string): void {
    if (this.stopping || this.lost) return;
    this.logger.error({ workerId: this.id, reason }, 'lease lost');
    this.lost = true;
    this.lossCount += 1;
    this.doubtful = false;
    this.failingSince = undefined;
    clearTimeout(this.expiry);
    this.thread.renewNothing();
    this.heldUntil = new Float64Array(new SharedArrayBuffer(8)); // the thread may still write into the old one
    this.listener?.onLost();
    void this.workers
      .deregister(this.id)
      .catch(() => undefined)
      .then(() => this.rejoin());
  }

  private async rejoin(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.join();
        this.listener?.onRejoined();
        return;
      } catch (error) {
        this.logger.warn({ err: error }, 'cannot join yet');
        await new Promise((resolve) => setTimeout(resolve, REJOIN_MS));
      }
    }
  }
}

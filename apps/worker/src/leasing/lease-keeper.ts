import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import type { WorkerId } from '@holdfast/domain';
import { WorkerStore } from '@holdfast/persistence';
import { endsWithin } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { HandlerRegistry } from '../handling/handler-registry.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import type { LeaseMessage, LeaseThreadData } from './lease-thread.ts';
import { monotonicNow } from './monotonic.ts';

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
  private thread: Worker | undefined;
  private expiry: NodeJS.Timeout | undefined;
  private listener: LeaseListener | undefined;
  private cancelRequests = 0;
  private cancelsToRead = 0;
  private lost = false;
  /** Since when MySQL has been asked in vain, on the monotonic clock. */
  private failingSince: number | undefined;
  private doubtful = false;
  private stopping = false;

  constructor(
    private readonly workers: WorkerStore,
    private readonly registry: HandlerRegistry,
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
    await this.leave();
    await endsWithin(
      FAREWELL_MS,
      this.workers.deregister(this.id).catch(() => undefined),
    );
  }

  private async join(): Promise<void> {
    const { concurrency, queues, leaseMs } = this.configuration;
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
    this.heldUntil[0] = asked + leaseMs;
    this.lost = false;
    this.thread = this.startThread();
    void this.renewUntilItSpeaks(this.thread);
    this.watchExpiry();
    this.logger.info({ workerId: this.id, name, queues, capacity: concurrency }, 'joined');
  }

  private startThread(): Worker {
    const { databaseUrl, leaseMs, renewMs } = this.configuration;
    const heldUntil = this.heldUntil.buffer;
    const workerData: LeaseThreadData = { databaseUrl, workerId: this.id, leaseMs, renewMs, heldUntil };
    const thread = new Worker(new URL('./lease-thread.js', import.meta.url), { workerData });
    thread.on('message', (message: LeaseMessage) => this.onMessage(message));
    thread.on('error', (error) => {
      this.logger.error({ err: error }, 'the lease thread failed');
      this.lose('its thread failed');
    });
    return thread;
  }

  /** A thread takes a second to load, on a busy machine longer than a lease: until it speaks this one renews. */
  private async renewUntilItSpeaks(thread: Worker): Promise<void> {
    const { leaseMs, renewMs } = this.configuration;
    const spoken = once(thread, 'message').then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([spoken, sleep(renewMs, false)])) && this.thread === thread) {
      const heldUntil = this.heldUntil;
      const asked = monotonicNow();
      const lease = await this.workers.renew(this.id, leaseMs).catch(() => undefined);
      if (lease) heldUntil[0] = Math.max(heldUntil[0] ?? 0, asked + leaseMs);
    }
  }

  private onMessage(message: LeaseMessage): void {
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
    if (this.stopping || !this.thread) return;
    this.logger.error({ workerId: this.id, reason }, 'lease lost');
    this.lost = true;
    this.doubtful = false;
    this.failingSince = undefined;
    this.heldUntil = new Float64Array(new SharedArrayBuffer(8)); // the old thread may still write into the old one
    const lost = this.id;
    this.listener?.onLost();
    void this.leave()
      .then(() => this.workers.deregister(lost).catch(() => undefined))
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

  private async leave(): Promise<void> {
    clearTimeout(this.expiry);
    const thread = this.thread;
    this.thread = undefined;
    await thread?.terminate();
  }
}

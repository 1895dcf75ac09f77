import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import { HandlerRegistry } from '../handling/handler-registry.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import type { LeaseMessage, LeaseThreadData, LeaseToKeep } from './lease-thread.ts';
import { VitalSigns } from './vital-signs.ts';

export interface RenewalListener {
  onMessage(message: LeaseMessage): void;
  onFailed(error: unknown): void;
}

/** The thread that renews this process's lease, as the main thread sees it. */
@Injectable()
export class RenewalThread {
  private thread: Worker | undefined;

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly signs: VitalSigns,
    @Inject(workerConfiguration.KEY) private readonly configuration: WorkerConfiguration,
  ) {}

  /** Returns once it is ready; it keeps running unless it fails, and may then be started anew. */
  async start(listener: RenewalListener): Promise<void> {
    if (this.thread) return;
    const { databaseUrl, leaseMs, renewMs, logLevel } = this.configuration;
    const { types } = this.registry;
    const workerData: LeaseThreadData = {
      ...{ databaseUrl, leaseMs, renewMs, logLevel, types },
      vitals: this.signs.watch().buffer,
    };
    const thread = new Worker(new URL('./lease-thread.js', import.meta.url), { workerData });
    await once(thread, 'message'); // it is ready
    thread.on('message', (message: LeaseMessage) => listener.onMessage(message));
    thread.on('error', (error) => {
      this.thread = undefined;
      listener.onFailed(error);
    });
    this.thread = thread;
  }

  /** From now on this lease, and no other. */
  renew(lease: LeaseToKeep): void {
    if (!this.thread) throw new Error('The lease thread has ended.');
    this.thread.postMessage(lease);
  }

  renewNothing(): void {
    this.thread?.postMessage(undefined);
  }

  async stop(): Promise<void> {
    this.signs.stop();
    await this.thread?.terminate();
  }
}

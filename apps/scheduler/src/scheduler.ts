import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { StoreClock } from '@holdfast/persistence';
import { READY_INDEX_DEFAULTS, RedisReadyIndex } from '@holdfast/queue';
import { PinoLogger } from 'nestjs-pino';
import { IndexWatch } from './index-watch.ts';
import type { Pass } from './pass.ts';
import { PassRunner } from './pass-runner.ts';
import { expireOverdue } from './passes/expire-overdue.pass.ts';
import { loadHorizon } from './passes/load-horizon.pass.ts';
import { pruneKeys } from './passes/prune-keys.pass.ts';
import { reapLostWorkers } from './passes/reap-lost-workers.pass.ts';
import { rebuildIndex } from './passes/rebuild-index.pass.ts';
import { reconcileIndex, type WalkMemory } from './passes/reconcile-index.pass.ts';
import { rollUpTallies } from './passes/roll-up-tallies.pass.ts';
import { schedulerConfiguration, type SchedulerConfiguration } from './scheduler.configuration.ts';
import { StoreContact } from './store-contact.ts';
import { Stores } from './stores.ts';

const { horizonMs } = READY_INDEX_DEFAULTS;
const PAGE_SIZE = 1_000;
const REBUILD_LEASE_MS = 10_000;
/** A run every three seconds: at most 400 workers and 100,000 jobs a minute. */
const RECLAIM = { workersPerRun: 20, jobsPerRun: 5_000, batchSize: 500 } as const;
const RAW_TALLIES_SECONDS = 5;
const TALLY_SLICES_SECONDS = 3_600;
const KEYS_SECONDS = 24 * 3_600;

/** Moves time: every pass in a loop of its own, and a watch over the index. */
@Injectable()
export class Scheduler {
  private readonly contact: StoreContact;
  private readonly walked: WalkMemory = new Map();
  private readonly runners: readonly PassRunner[];
  private readonly watch: IndexWatch;

  constructor(
    private readonly stores: Stores,
    private readonly index: RedisReadyIndex,
    private readonly clock: StoreClock,
    @Inject(schedulerConfiguration.KEY) private readonly configuration: SchedulerConfiguration,
    private readonly logger: PinoLogger,
  ) {
    const id = randomUUID();
    this.contact = new StoreContact(configuration.leaseMs / 2);
    this.runners = this.passes().map((pass) => new PassRunner(pass, id, stores.passes, this.contact, logger));
    this.watch = new IndexWatch(stores.queues, index, configuration, this.rebuild.bind(this), logger);
  }

  async start(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.start()));
    this.watch.start();
  }

  /** Resolves when no pass runs any more. */
  async stop(): Promise<void> {
    await Promise.all([this.watch.stop(), ...this.runners.map((runner) => runner.stop())]);
  }

  private passes(): Pass[] {
    const { stores, index, clock, contact, logger, walked } = this;
    const { leaseMs, maxCrashes } = this.configuration;
    const { jobs, keys, queues, tallies, workers } = stores;
    const watermark = {
      find: () => stores.passes.findWatermark('load-horizon'),
      move: (to: number) => stores.passes.moveWatermark('load-horizon', to),
    };
    const rollUp = { rawSeconds: RAW_TALLIES_SECONDS, sliceSeconds: TALLY_SLICES_SECONDS, limit: 5_000 };
    return [
      {
        name: 'reap-lost-workers',
        everyMs: Math.min(3_000, leaseMs / 5),
        run: (signal) =>
          reapLostWorkers({ workers, index, contact, logger }, { ...RECLAIM, leaseMs, maxCrashes }, signal),
      },
      {
        name: 'reconcile-index',
        everyMs: 3_000,
        run: (signal) =>
          reconcileIndex({ clock, jobs, queues, index }, { pageSize: PAGE_SIZE, furtherPages: 4 }, walked, signal),
      },
      {
        name: 'expire-overdue',
        everyMs: 5_000,
        run: (signal) => expireOverdue({ jobs }, { limit: 500 }, signal),
      },
      {
        name: 'load-horizon',
        everyMs: 60_000,
        run: (signal) => loadHorizon({ clock, jobs, index, watermark }, { horizonMs, pageSize: PAGE_SIZE }, signal),
      },
      {
        name: 'roll-up-tallies',
        everyMs: 10_000,
        run: (signal) => rollUpTallies({ tallies }, rollUp, signal),
      },
      {
        name: 'prune-keys',
        everyMs: 60_000,
        run: (signal) => pruneKeys({ keys }, { olderThanSeconds: KEYS_SECONDS, limit: 500 }, signal),
      },
    ];
  }

  private rebuild(queue: string, signal: AbortSignal) {
    const { clock, index } = this;
    const { jobs, queues } = this.stores;
    const options = { horizonMs, pageSize: PAGE_SIZE, leaseMs: REBUILD_LEASE_MS };
    return rebuildIndex({ clock, queues, jobs, index }, options, queue, signal);
  }
}

import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { StoreClock, type JournalStore } from '@holdfast/persistence';
import { READY_INDEX_DEFAULTS } from '@holdfast/queue';
import { Signal, Tracing } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { v7 as uuidv7 } from 'uuid';
import { IndexAccess } from './index/index-access.ts';
import { IndexKeeper } from './index/index-keeper.ts';
import { PassMetrics } from './metrics/pass-metrics.ts';
import type { Pass } from './pass.ts';
import { PassRunner } from './pass-runner.ts';
import { expireOverdue } from './passes/expire-overdue.pass.ts';
import { fireSchedules } from './passes/fire-schedules.pass.ts';
import { loadHorizon } from './passes/load-horizon.pass.ts';
import { pruneFinished, type PruneMemory } from './passes/prune-finished.pass.ts';
import { pruneJournal } from './passes/prune-journal.pass.ts';
import { pruneKeys, type PruneKeysPorts } from './passes/prune-keys.pass.ts';
import { pruneTallies } from './passes/prune-tallies.pass.ts';
import { reapLostWorkers } from './passes/reap-lost-workers.pass.ts';
import { releaseBlocked, type ReleaseMemory } from './passes/release-blocked.pass.ts';
import { rollUpTallies } from './passes/roll-up-tallies.pass.ts';
import { TickTraces } from './passes/tick-traces.ts';
import { schedulerConfiguration, type SchedulerConfiguration } from './scheduler.configuration.ts';
import { StoreContact } from './store-contact.ts';
import { Stores } from './stores.ts';

const { horizonMs } = READY_INDEX_DEFAULTS;
const PAGE_SIZE = 1_000;
/** A run every three seconds: at most 400 workers and 100,000 jobs a minute. */
const RECLAIM = { workersPerRun: 20, jobsPerRun: 5_000, batchSize: 500 } as const;
/** One scheduler fires for a second; when it is lost, another goes on after that. Where nobody has a schedule, a look now and then will do: who makes one tells. */
const FIRE = { batchSize: 20, ticksPerLook: 100, turnMs: 1_000, unusedTurnMs: 5_000 } as const;
const RELEASE = { pageSize: 500, pagesPerRun: 10 } as const;
const KEYS_KEPT_MS = 24 * 3_600_000;
/** Longer than any span of a rate, so that none is forgotten. */
const GATES_KEPT_MS = 24 * 3_600_000;

/** Moves time: every pass in a loop of its own, and somebody who keeps the index. */
@Injectable()
export class Scheduler {
  private readonly contact: StoreContact;
  private readonly prunedTo: PruneMemory = new Map();
  private readonly releasedTo: ReleaseMemory = new Map();
  private readonly scheduleNews = new Signal();
  private readonly runners: readonly PassRunner[];
  private readonly keeper: IndexKeeper;

  constructor(
    private readonly stores: Stores,
    private readonly index: IndexAccess,
    private readonly clock: StoreClock,
    @Inject(schedulerConfiguration.KEY) private readonly configuration: SchedulerConfiguration,
    private readonly logger: PinoLogger,
    private readonly tracing: Tracing,
    metrics: PassMetrics,
  ) {
    const id = randomUUID();
    this.contact = new StoreContact(configuration.leaseMs / 2);
    this.runners = this.passes().map(
      (pass) => new PassRunner(metrics.measured(pass), id, stores.passes, this.contact, logger),
    );
    const onSchedule = (): void => this.scheduleNews.raise();
    this.keeper = new IndexKeeper(stores, index, clock, { ...configuration, onSchedule }, logger);
  }

  async start(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.start()));
    this.keeper.start();
  }

  /** Resolves when no pass runs any more. */
  async stop(): Promise<void> {
    const stopped = Promise.all([this.keeper.stop(), ...this.runners.map((runner) => runner.stop())]);
    this.scheduleNews.raise();
    await stopped;
  }

  private passes(): Pass[] {
    const { stores, contact, logger, prunedTo, scheduleNews: news } = this;
    const traces = new TickTraces(this.tracing);
    const { ready: index } = this.index;
    const { leaseMs, maxCrashes, keptMs, journalKeptMs, effectsKeptMs, occurrencesKeptMs, redisUrl } =
      this.configuration;
    const {
      dependencies,
      effects,
      finished,
      gates,
      jobs,
      journal,
      keys,
      occurrences,
      operations,
      schedules,
      tallies,
      uniqueKeys,
      workers,
    } = stores;
    return [
      {
        name: 'reap-lost-workers',
        everyMs: Math.min(3_000, leaseMs / 5),
        run: (signal) =>
          reapLostWorkers({ workers, index, contact, logger }, { ...RECLAIM, leaseMs, maxCrashes }, signal),
      },
      {
        name: 'fire-schedules',
        everyMs: FIRE.turnMs,
        run: (signal) =>
          fireSchedules({ schedules, jobs: operations, index, news, logger, newId: uuidv7, traces }, FIRE, signal),
      },
      {
        name: 'expire-overdue',
        everyMs: 5_000,
        run: (signal) => expireOverdue({ jobs }, { limit: 500 }, signal),
      },
      {
        name: 'release-blocked',
        everyMs: 10_000,
        run: (signal) => releaseBlocked({ jobs: dependencies }, RELEASE, this.releasedTo, signal),
      },
      {
        name: 'roll-up-tallies',
        everyMs: 10_000,
        run: (signal) => rollUpTallies({ tallies }, { limit: 5_000 }, signal),
      },
      {
        name: 'prune-tallies',
        everyMs: 60_000,
        run: (signal) => pruneTallies({ tallies }, { limit: 5_000 }, signal),
      },
      {
        name: 'prune-finished',
        everyMs: 60_000,
        run: (signal) =>
          pruneFinished(
            { jobs: finished },
            { keptMs, pageSize: 500, fruitlessPages: 10, runMs: 50_000 },
            prunedTo,
            signal,
          ),
      },
      pruningOf('prune-keys', keys, KEYS_KEPT_MS),
      pruningOf('prune-unique-keys', { prune: (_, limit) => uniqueKeys.prune(limit) }, 0),
      pruningOf('prune-gates', gates, GATES_KEPT_MS),
      ...(effectsKeptMs === undefined ? [] : [pruningOf('prune-effects', effects, effectsKeptMs)]),
      ...(occurrencesKeptMs === undefined ? [] : [pruningOf('prune-occurrences', occurrences, occurrencesKeptMs)]),
      ...(journalKeptMs === undefined ? [] : [pruningOfJournal(journal, journalKeptMs)]),
      ...(redisUrl === undefined ? [] : [this.loadHorizon()]),
    ];
  }

  private loadHorizon(): Pass {
    const { stores, clock } = this;
    const { jobs, passes } = stores;
    const watermark = {
      find: () => passes.findWatermark('load-horizon'),
      move: (to: number) => passes.moveWatermark('load-horizon', to),
    };
    const ports = { clock, jobs, index: this.index.ready, watermark };
    return {
      name: 'load-horizon',
      everyMs: 60_000,
      run: (signal) => loadHorizon(ports, { horizonMs, pageSize: PAGE_SIZE }, signal),
    };
  }
}

function pruningOf(name: string, keys: PruneKeysPorts['keys'], keptMs: number): Pass {
  const options = { olderThanSeconds: Math.ceil(keptMs / 1_000), limit: 500 };
  return { name, everyMs: 60_000, run: (signal) => pruneKeys({ keys }, options, signal) };
}

/** Also where the journal is off: what was written while it was on shall not stay. */
function pruningOfJournal(journal: JournalStore, keptMs: number): Pass {
  return {
    name: 'prune-journal',
    everyMs: 60_000,
    run: (signal) => pruneJournal({ journal }, { keptMs, limit: 1_000 }, signal),
  };
}

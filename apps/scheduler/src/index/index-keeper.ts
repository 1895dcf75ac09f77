import type { StoreClock } from '@holdfast/persistence';
import { IndexChannels, READY_INDEX_DEFAULTS, type IndexListeners } from '@holdfast/queue';
import type { PinoLogger } from 'nestjs-pino';
import type { Counts } from '../pass.ts';
import { rebuildIndex, type LostIndex } from '../passes/rebuild-index.pass.ts';
import { ReconcileMemory, reconcileIndex } from '../passes/reconcile-index.pass.ts';
import type { Stores } from '../stores.ts';
import { DriftWatch } from './drift-watch.ts';
import type { IndexAccess } from './index-access.ts';
import { IndexWatch } from './index-watch.ts';
import { Rebuilds } from './rebuilds.ts';

export interface IndexKeeperOptions {
  readonly redisUrl: string | undefined;
  readonly redisPrefix: string;
  /** Told when a schedule was made or changed. */
  readonly onSchedule: () => void;
}

const REBUILD = {
  horizonMs: READY_INDEX_DEFAULTS.horizonMs,
  pageSize: 5_000,
  leaseMs: 10_000,
  renewMs: 1_000,
} as const;
const RECONCILE = {
  pageSize: 1_000,
  leastOfAnEnd: 20,
  pagesPerRun: 5,
  lookAheadMs: 2_000,
  confirmAfterMs: 50,
} as const;

/** Keeps the index true to MySQL: has it rebuilt where it was lost, and mended where it was not told. */
export class IndexKeeper {
  private readonly memory = new ReconcileMemory();
  private readonly watches: readonly (IndexWatch | DriftWatch)[];

  constructor(
    private readonly stores: Pick<Stores, 'jobs' | 'policies' | 'queues' | 'records'>,
    private readonly index: IndexAccess,
    private readonly clock: StoreClock,
    private readonly options: IndexKeeperOptions,
    logger: PinoLogger,
  ) {
    const { redisUrl } = options;
    const { upkeep } = index;
    this.watches =
      redisUrl === undefined
        ? []
        : [
            new IndexWatch({
              records: stores.records,
              index: upkeep,
              rebuilds: new Rebuilds(this.rebuild.bind(this), logger),
              listen: (listeners) => this.listen(redisUrl, listeners),
            }),
            new DriftWatch({ index: upkeep, reconcile: this.reconcile.bind(this), logger }),
          ];
  }

  start(): void {
    for (const watch of this.watches) watch.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.watches.map((watch) => watch.stop()));
  }

  private listen(redisUrl: string, listeners: IndexListeners): () => void {
    const { redisPrefix, onSchedule } = this.options;
    const channels = new IndexChannels(redisUrl, redisPrefix, { ...listeners, scheduled: onSchedule });
    return () => channels.close();
  }

  private rebuild(lost: LostIndex, signal: AbortSignal): Promise<Counts> {
    const { jobs, policies, records } = this.stores;
    const { ready: index, upkeep } = this.index;
    return rebuildIndex({ clock: this.clock, records, policies, jobs, index, upkeep }, REBUILD, lost, signal);
  }

  private reconcile(signal: AbortSignal): Promise<Counts> {
    const { jobs, queues, records } = this.stores;
    const { upkeep: index } = this.index;
    return reconcileIndex({ clock: this.clock, jobs, queues, records, index }, RECONCILE, this.memory, signal);
  }
}

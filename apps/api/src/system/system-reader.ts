import { readFileSync } from 'node:fs';
import { BookStore, IndexRecordStore, isUnavailable, StoreClock, type IndexRecord } from '@holdfast/persistence';
import { IndexUpkeep, RedisLink } from '@holdfast/queue';
import { Injectable } from '@nestjs/common';
import type { QueueIndexView, SystemView } from './system-view.ts';

const MOST_QUEUES = 200;
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

interface Judged {
  readonly record: IndexRecord;
  readonly index: QueueIndexView['index'];
}

/** Says which mode the system is in, as this api sees it: MySQL is asked what should be, Redis what is. */
@Injectable()
export class SystemReader {
  constructor(
    private readonly records: IndexRecordStore,
    private readonly books: BookStore,
    private readonly upkeep: IndexUpkeep,
    private readonly link: RedisLink,
    private readonly clock: StoreClock,
  ) {}

  /** Queues are named only to the tenants that have jobs in them; the mode is everybody's. */
  async read(tenant: string): Promise<SystemView> {
    const common = { version, redis: this.link.kind, clockSkewMs: Date.now() - this.clock.now() };
    try {
      const [records, names] = await Promise.all([
        this.records.findAll(),
        this.books.findQueues(tenant, '', MOST_QUEUES),
      ]);
      const judged = await Promise.all(records.map(async (record) => ({ record, index: await this.judge(record) })));
      const own = new Set(names);
      const shown = judged.filter(({ record }) => own.has(record.queue));
      return { mode: modeOf(judged, this.link.isAway()), ...common, queues: shown.map(toView) };
    } catch (error) {
      if (isUnavailable(error)) return { mode: 'store-down', ...common, queues: [] };
      throw error;
    }
  }

  private async judge({ queue, generation, isRebuilding }: IndexRecord): Promise<QueueIndexView['index']> {
    if (this.link.kind === 'none') return 'none';
    if (isRebuilding) return 'rebuilding';
    return this.upkeep.look(queue, generation).catch(() => 'away' as const);
  }
}

function modeOf(judged: readonly Judged[], isAway: boolean): SystemView['mode'] {
  const isTrusted = judged.every(({ index }) => index === 'ready' || index === 'none');
  return isTrusted && !isAway ? 'normal' : 'index-down';
}

function toView({ record, index }: Judged): QueueIndexView {
  const { queue, generation, drift, driftedAt, lastRebuild } = record;
  return {
    name: queue,
    index,
    generation,
    drift: { jobs: drift, lastAt: driftedAt === undefined ? null : new Date(driftedAt).toISOString() },
    lastRebuild: lastRebuild ? { ...lastRebuild, at: new Date(lastRebuild.at).toISOString() } : null,
  };
}

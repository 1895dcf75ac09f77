import type { Database, Row } from '../database/database.ts';
import { SELECT_DUE_HEADS, SELECT_DUE_HEADS_OF_QUEUES, SELECT_OLDEST_DUE } from '../statements/count.ts';

/** So many jobs of a queue and priority are looked at, few at first since one of them is usually the tenant's own. */
const LOOKED_AT = [10, 500] as const;
/** In so many queues and priorities. */
const LOOKS = 30;

interface HeadRow extends Row {
  queue: string;
  priority: number;
  ageMs: number;
}

/** Says how long due jobs have waited: the one thing about them that cannot be counted beforehand. */
export class DueJobStore {
  constructor(private readonly database: Database) {}

  /**
   * Milliseconds since a tenant's oldest due job came due, over all queues or one; undefined if there is none. Where
   * hundreds of other tenants' jobs stand before the first of this one, it is the age of the last that was looked at.
   */
  async oldestAgeMs(tenant: string, queue?: string): Promise<number | undefined> {
    return this.oldestIn(tenant, await this.findHeads(queue === undefined ? undefined : [queue]));
  }

  /** The same for each of these queues that has one. */
  async oldestAgeMsByQueue(tenant: string, queues: readonly string[]): Promise<Map<string, number>> {
    if (queues.length === 0) return new Map();
    const heads = Map.groupBy(await this.findHeads(queues), ({ queue }) => queue);
    const ages = [...heads].map(async ([queue, own]) => ({ queue, ageMs: await this.oldestIn(tenant, own) }));
    return new Map(
      (await Promise.all(ages)).flatMap(({ queue, ageMs }) => (ageMs === undefined ? [] : [[queue, ageMs]])),
    );
  }

  /** The same for every queue that has one, over all tenants. */
  async oldestAgeMsOfEverybody(): Promise<Map<string, number>> {
    const heads = await this.findHeads();
    return new Map(heads.reverse().map(({ queue, ageMs }) => [queue, ageMs]));
  }

  /** The one first whose job is due longest. */
  private async findHeads(queues?: readonly string[]): Promise<HeadRow[]> {
    const heads = await (queues === undefined
      ? this.database.rows<HeadRow>(SELECT_DUE_HEADS)
      : this.database.rows<HeadRow>(SELECT_DUE_HEADS_OF_QUEUES, [queues]));
    return heads.sort((a, b) => b.ageMs - a.ageMs);
  }

  /** A head that is younger than the tenant's own job holds none that is older. */
  private async oldestIn(tenant: string, heads: readonly HeadRow[]): Promise<number | undefined> {
    let oldestMs: number | undefined;
    for (const [looks, head] of heads.entries()) {
      if (oldestMs !== undefined && oldestMs >= head.ageMs) break;
      if (looks === LOOKS) return head.ageMs;
      oldestMs = (await this.lookInto(head, tenant, oldestMs ?? 0)) ?? oldestMs;
    }
    return oldestMs;
  }

  /** The age of a job that has waited longer than that. */
  private async lookInto({ queue, priority }: HeadRow, tenant: string, longerMs: number): Promise<number | undefined> {
    let lastMs: number | undefined;
    for (const limit of LOOKED_AT) {
      const values = [tenant, queue, priority, longerMs * 1_000, limit];
      const [row] = await this.database.rows<OldestRow>(SELECT_OLDEST_DUE, values);
      if (!row || row.oldestMs !== null || row.n < limit) return row?.oldestMs ?? undefined;
      lastMs = row.lastMs ?? undefined;
    }
    return lastMs;
  }
}

interface OldestRow extends Row {
  n: number;
  oldestMs: number | null;
  lastMs: number | null;
}

import { NO_POLICY, type Agings, type QueuePolicy } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import {
  COUNT_RUNNING_BY_KEY,
  LOCK_POLICY,
  SELECT_ALL_POLICIES,
  SELECT_POLICIES_OF_QUEUE,
  SELECT_POLICIES_OF_TENANT,
  UPSERT_POLICY,
  VOID_INDEX,
} from '../statements/limits.ts';
import { readPolicy } from './queue-policy.ts';

export interface StoredPolicy {
  readonly queue: string;
  readonly tenant: string;
  readonly policy: QueuePolicy;
}

/** How many jobs of a tenant run in a queue now. */
export interface Running {
  readonly all: number;
  readonly byKey: ReadonlyMap<string, number>;
}

/** What tenants have decided about their jobs in a queue. Claims obey from the commit on. */
export class QueuePolicyStore {
  constructor(private readonly database: Database) {}

  /**
   * Changes what there is. The index is void then: it lets jobs through by what it was told of the limits before.
   *
   * @returns what holds from now on
   */
  async change(tenant: string, queue: string, change: (policy: QueuePolicy) => QueuePolicy): Promise<QueuePolicy> {
    return this.database.transaction(async (session) => {
      const [row] = await session.rows<Row & { policy: string }>(LOCK_POLICY, [queue, tenant]);
      const policy = change(row ? readPolicy(row.policy) : NO_POLICY);
      await session.change(UPSERT_POLICY, [queue, tenant, JSON.stringify(policy)]);
      await session.change(VOID_INDEX, [queue]);
      return policy;
    });
  }

  /** By queue. */
  async findOfTenant(tenant: string): Promise<Map<string, QueuePolicy>> {
    const rows = await this.database.rows<Row & { queue: string; policy: string }>(SELECT_POLICIES_OF_TENANT, [tenant]);
    return new Map(rows.map(({ queue, policy }) => [queue, readPolicy(policy)]));
  }

  async findAll(): Promise<StoredPolicy[]> {
    const rows = await this.database.rows<Row & { queue: string; tenant: string; policy: string }>(SELECT_ALL_POLICIES);
    return rows.map(({ queue, tenant, policy }) => ({ queue, tenant, policy: readPolicy(policy) }));
  }

  /** Of a queue. */
  async findAgings(queue: string): Promise<Agings> {
    const rows = await this.database.rows<Row & { tenant: string; policy: string }>(SELECT_POLICIES_OF_QUEUE, [queue]);
    const policies = rows.map(({ tenant, policy }) => [tenant, readPolicy(policy).agingMs] as const);
    return Object.fromEntries(policies.flatMap(([tenant, ms]) => (ms === undefined ? [] : [[tenant, ms]])));
  }

  async countRunning(tenant: string, queue: string): Promise<Running> {
    const rows = await this.database.rows<Row & { concurrency_key: string | null; n: number }>(COUNT_RUNNING_BY_KEY, [
      queue,
      [tenant],
    ]);
    const byKey = rows.flatMap(({ concurrency_key, n }) =>
      concurrency_key === null ? [] : [[concurrency_key, n] as const],
    );
    return { all: rows.reduce((sum, { n }) => sum + n, 0), byKey: new Map(byKey) };
  }
}

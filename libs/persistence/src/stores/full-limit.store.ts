import { limitOf, NO_POLICY, roomInRate, type Gate, type QueuePolicy } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { gateId } from '../database/identifiers.ts';
import { COUNT_RUNNING_IN_QUEUES, SELECT_LANED_QUEUES, SELECT_RATES } from '../statements/limits.ts';
import { nameOf } from './locked-gates.ts';
import { QueuePolicyStore, type StoredPolicy } from './queue-policy.store.ts';

/** How many limits of a queue let no other job start now, by their kind. */
export interface FullLimits {
  /** Tenants of which as many jobs run there as may. */
  queue: number;
  /** Concurrency keys of which as many jobs run as may. */
  key: number;
  /** Tenants whose rate lets the next one start later. */
  rate: number;
}

interface RunningRow extends Row {
  queue: string;
  tenant: string;
  concurrency_key: string | null;
  n: number;
}

/** Says over all tenants where limits hold jobs back. It reads what runs, so it costs the same however many jobs wait. */
export class FullLimitStore {
  private readonly policies: QueuePolicyStore;

  constructor(private readonly database: Database) {
    this.policies = new QueuePolicyStore(database);
  }

  /** Of each queue in which jobs have keys or a tenant has decided something. */
  async countByQueue(): Promise<ReadonlyMap<string, FullLimits>> {
    const policies = await this.policies.findAll();
    const laned = await this.database.rows<Row & { queue: string }>(SELECT_LANED_QUEUES);
    const queues = [...new Set([...policies, ...laned].map(({ queue }) => queue))];
    const full = new Map(queues.map((queue): [string, FullLimits] => [queue, { queue: 0, key: 0, rate: 0 }]));
    if (queues.length === 0) return full;
    const running = await this.database.rows<RunningRow>(COUNT_RUNNING_IN_QUEUES, [queues]);
    for (const { queue, gate } of fullGates(running, policies)) {
      const counts = full.get(queue);
      if (counts) counts[gate.concurrencyKey === undefined ? 'queue' : 'key'] += 1;
    }
    for (const queue of await this.findSpentRates(policies)) {
      const counts = full.get(queue);
      if (counts) counts.rate += 1;
    }
    return full;
  }

  /** The queue of each tenant that has to wait for its rate there. */
  private async findSpentRates(policies: readonly StoredPolicy[]): Promise<string[]> {
    const rated = new Map(
      policies.flatMap((stored) =>
        stored.policy.all.rate ? [[gateId(stored.queue, stored).toString('hex'), stored] as const] : [],
      ),
    );
    if (rated.size === 0) return [];
    const ids = [...rated.keys()].sort().map((id) => Buffer.from(id, 'hex'));
    const rows = await this.database.rows<Row & { id: Buffer; due_us: number | string; now_us: number | string }>(
      SELECT_RATES,
      [ids],
    );
    return rows.flatMap(({ id, due_us, now_us }) => {
      const stored = rated.get(id.toString('hex'));
      const rate = stored?.policy.all.rate;
      if (!stored || !rate) return [];
      return roomInRate(rate, Number(due_us) / 1_000, Number(now_us) / 1_000).room < 1 ? [stored.queue] : [];
    });
  }
}

function fullGates(
  rows: readonly RunningRow[],
  policies: readonly StoredPolicy[],
): { readonly queue: string; readonly gate: Gate }[] {
  const decided = new Map(policies.map(({ queue, tenant, policy }) => [`${queue} ${tenant}`, policy]));
  const policyOf = (queue: string, tenant: string): QueuePolicy => decided.get(`${queue} ${tenant}`) ?? NO_POLICY;
  const running = new Map<string, { readonly queue: string; readonly gate: Gate; n: number }>();
  for (const { queue, tenant, concurrency_key, n } of rows) {
    const gates: Gate[] = [
      { tenant },
      ...(concurrency_key === null ? [] : [{ tenant, concurrencyKey: concurrency_key }]),
    ];
    for (const gate of gates) {
      const name = `${queue} ${nameOf(gate)}`;
      const counted = running.get(name) ?? { queue, gate, n: 0 };
      running.set(name, { ...counted, n: counted.n + n });
    }
  }
  return [...running.values()].filter(
    ({ queue, gate, n }) => n >= (limitOf(policyOf(queue, gate.tenant), gate).concurrency ?? Infinity),
  );
}

import { limitOf, NO_POLICY, roomInRate, type Gate, type Instant, type JobId, type Limit } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, gateId } from '../database/identifiers.ts';
import { SELECT_POLICIES, SELECT_RATES, SELECT_TURN } from '../statements/limits.ts';
import { QueuePolicyStore } from './queue-policy.store.ts';
import { readPolicy } from './queue-policy.ts';

/** How a gate stands that a job has to pass. */
export interface Standing {
  readonly gate: Gate;
  readonly limit: Limit;
  readonly running: number;
  /** When the rate lets the next one start, if not now. */
  readonly nextStartAt: Instant | undefined;
}

export interface LimitedJob extends Gate {
  readonly queue: string;
  readonly isOrdered: boolean;
}

/** Says how the limits stand that a job waits for, as the next claim would find them. */
export class LimitStandingStore {
  private readonly policies: QueuePolicyStore;

  constructor(private readonly database: Database) {
    this.policies = new QueuePolicyStore(database);
  }

  /** Of the gates that have a limit. */
  async find({ tenant, queue, concurrencyKey }: LimitedJob): Promise<Standing[]> {
    const [row] = await this.database.rows<Row & { policy: string }>(SELECT_POLICIES, [queue, [tenant]]);
    const policy = row ? readPolicy(row.policy) : NO_POLICY;
    const gates: Gate[] = [{ tenant }, ...(concurrencyKey === undefined ? [] : [{ tenant, concurrencyKey }])];
    const limited = gates.filter((gate) => Object.keys(limitOf(policy, gate)).length > 0);
    if (limited.length === 0) return [];
    const running = await this.policies.countRunning(tenant, queue);
    return Promise.all(
      limited.map(async (gate) => {
        const limit = limitOf(policy, gate);
        const key = gate.concurrencyKey;
        const count = key === undefined ? running.all : (running.byKey.get(key) ?? 0);
        return { gate, limit, running: count, nextStartAt: await this.nextStart(queue, gate, limit) };
      }),
    );
  }

  /** The job of an ordered one's key whose turn it is; undefined: there is none, or no order to keep. */
  async findTurn({ tenant, queue, concurrencyKey, isOrdered }: LimitedJob): Promise<JobId | undefined> {
    if (!isOrdered || concurrencyKey === undefined) return undefined;
    const [turn] = await this.database.rows<Row & { job_id: Buffer }>(SELECT_TURN, [
      gateId(queue, { tenant, concurrencyKey }),
    ]);
    return turn && fromBytes(turn.job_id);
  }

  private async nextStart(queue: string, gate: Gate, { rate }: Limit): Promise<Instant | undefined> {
    if (!rate) return undefined;
    const [row] = await this.database.rows<Row & { due_us: number | string; now_us: number | string }>(SELECT_RATES, [
      [gateId(queue, gate)],
    ]);
    if (!row) return undefined;
    const { room, until } = roomInRate(rate, Number(row.due_us) / 1_000, Number(row.now_us) / 1_000);
    return room < 1 ? Math.ceil(until) : undefined;
  }
}

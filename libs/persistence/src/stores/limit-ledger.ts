import {
  admit,
  afterStarts,
  HELD_BY_A_TURN,
  isLimiting,
  limitOf,
  NO_POLICY,
  roomInRate,
  type Candidate,
  type Gate,
  type GateState,
  type Instant,
  type JobId,
  type Limit,
  type Opening,
  type QueuePolicy,
} from '@holdfast/domain';
import type { Row, Transaction } from '../database/database.ts';
import { fromBytes, gateId } from '../database/identifiers.ts';
import {
  COUNT_RUNNING_BY_KEY,
  DELETE_PAST_TURNS,
  LOCK_GATES,
  SELECT_POLICIES,
  SELECT_RATES,
  SELECT_TURN,
  SPEND_RATE,
} from '../statements/limits.ts';
import { readPolicy } from './queue-policy.ts';

/** A locked job that could start, as far as limits need to know it. */
export interface LimitedRow extends Row {
  id: Buffer;
  tenant: string;
  priority: number;
  run_at: Date;
  concurrency_key: string | null;
  is_ordered: 0 | 1 | null;
  has_policy: 0 | 1;
}

/** The job whose turn it is at a gate. */
interface TurnRow extends Row {
  gate_id: Buffer;
  seq: number;
  job_id: Buffer;
  state: 'blocked' | 'pending' | 'running';
  run_at: Date;
  due: 0 | 1;
}

interface KeptGate extends GateState {
  readonly id: Buffer;
  readonly limit: Limit;
  /** When to ask again, where it is known. */
  until: Instant | undefined;
  turn: TurnRow | undefined;
  /** Of a rate, once it is read. */
  due: { readonly at: number; readonly now: Instant } | undefined;
}

export interface Admission {
  readonly admitted: ReadonlySet<JobId>;
  readonly openings: readonly Opening[];
  /** Tenants whose jobs there have taken one of few slots. */
  readonly limitedTenants: ReadonlySet<string>;
}

export function isAtGate({ concurrency_key, has_policy }: LimitedRow): boolean {
  return concurrency_key !== null || has_policy === 1;
}

/**
 * Decides which of some locked jobs may start under the limits of their queue. The gates stay locked until the claim is
 * committed, so nobody else counts meanwhile; and what is counted are the jobs that run, so there is nothing that a crash
 * could leave behind.
 */
export class LimitLedger {
  private readonly policies = new Map<string, QueuePolicy>();
  private readonly gates = new Map<string, KeptGate>();

  private constructor(
    private readonly session: Transaction,
    private readonly queue: string,
  ) {}

  /** Locks the gates of some jobs and reads how much room each has. */
  static async open(session: Transaction, queue: string, rows: readonly LimitedRow[]): Promise<LimitLedger> {
    const ledger = new LimitLedger(session, queue);
    if (rows.some(({ has_policy }) => has_policy === 1)) await ledger.readPolicies(rows);
    for (const row of rows) ledger.addGates(row);
    if (ledger.gates.size > 0) await ledger.readGates();
    await ledger.readTurns(rows);
    return ledger;
  }

  /** Jobs whose turn it is and that can start: they do, whichever job of their key was asked for. */
  get turns(): JobId[] {
    const turns = [...this.gates.values()].map(({ turn }) => turn);
    return turns.flatMap((turn) => (turn?.state === 'pending' && turn.due === 1 ? [fromBytes(turn.job_id)] : []));
  }

  /** @param rows those that the gates were locked for, and those whose turn it is */
  settle(rows: readonly LimitedRow[]): Admission {
    const admitted = admit(rows.map((row) => this.toCandidate(row)));
    for (const gate of this.gates.values()) this.spend(gate);
    const limitedTenants = new Set(
      [...this.policies].flatMap(([tenant, { all }]) => (isLimiting(all) ? [tenant] : [])),
    );
    const openings = [...this.gates.values()].map(toOpening);
    return { admitted, openings: [...openings, ...this.unlimited(limitedTenants)], limitedTenants };
  }

  /** Tenants that limited the queue once and do no more: the index may have been told of it late. */
  private unlimited(limited: ReadonlySet<string>): Opening[] {
    const tenants = [...this.policies.keys()].filter((tenant) => !limited.has(tenant));
    return tenants.map((tenant) => ({ gate: { tenant }, room: Infinity, isRelative: false }));
  }

  private async readPolicies(rows: readonly LimitedRow[]): Promise<void> {
    const tenants = [...new Set(rows.map(({ tenant }) => tenant))];
    const found = await this.session.rows<Row & { tenant: string; policy: string }>(SELECT_POLICIES, [
      this.queue,
      tenants,
    ]);
    for (const { tenant, policy } of found) this.policies.set(tenant, readPolicy(policy));
  }

  private addGates(row: LimitedRow): void {
    for (const gate of this.gatesOf(row)) {
      const name = nameOf(gate);
      if (this.gates.has(name)) continue;
      const limit = limitOf(this.policyOf(row.tenant), gate);
      const state = {
        room: limit.concurrency ?? Infinity,
        passed: 0,
        until: undefined,
        turn: undefined,
        due: undefined,
      };
      this.gates.set(name, { gate, id: gateId(this.queue, gate), limit, ...state });
    }
  }

  private async readGates(): Promise<void> {
    const gates = [...this.gates.values()].sort((a, b) => a.id.compare(b.id));
    this.session.later(LOCK_GATES, [gates.map(({ id }) => [id])]);
    await this.countRunning(gates);
    const rated = gates.filter(({ limit }) => limit.rate !== undefined);
    if (rated.length > 0) await this.readRates(rated);
  }

  private async countRunning(gates: readonly KeptGate[]): Promise<void> {
    const tenants = [...new Set(gates.map(({ gate }) => gate.tenant))];
    const running = await this.session.rows<Row & { tenant: string; concurrency_key: string | null; n: number }>(
      COUNT_RUNNING_BY_KEY,
      [this.queue, tenants],
    );
    for (const { tenant, concurrency_key, n } of running) {
      const ofTenant = this.gates.get(nameOf({ tenant }));
      if (ofTenant) ofTenant.room -= n;
      const ofKey =
        concurrency_key === null ? undefined : this.gates.get(nameOf({ tenant, concurrencyKey: concurrency_key }));
      if (ofKey) ofKey.room -= n;
    }
  }

  private async readRates(gates: readonly KeptGate[]): Promise<void> {
    const rows = await this.session.rows<Row & { id: Buffer; due_us: number | string; now_us: number | string }>(
      SELECT_RATES,
      [gates.map(({ id }) => id)],
    );
    for (const row of rows) {
      const gate = gates.find(({ id }) => id.equals(row.id));
      if (!gate?.limit.rate) continue;
      gate.due = { at: Number(row.due_us) / 1_000, now: Number(row.now_us) / 1_000 };
      const { room, until } = roomInRate(gate.limit.rate, gate.due.at, gate.due.now);
      if (room < 1) gate.until = Math.ceil(until);
      gate.room = Math.min(gate.room, room);
    }
  }

  private async readTurns(rows: readonly LimitedRow[]): Promise<void> {
    const names = new Set(rows.filter(({ is_ordered }) => is_ordered).map((row) => nameOf(keyGateOf(row))));
    if (names.size === 0) return;
    const ids = [...names].flatMap((name) => this.gates.get(name)?.id ?? []);
    const turns = await this.session.rows<TurnRow>(ids.map(() => `(${SELECT_TURN})`).join(' UNION ALL '), ids);
    for (const turn of turns) {
      const gate = [...this.gates.values()].find(({ id }) => id.equals(turn.gate_id));
      if (gate) gate.turn = turn;
      this.session.later(DELETE_PAST_TURNS, [turn.gate_id, turn.seq]);
    }
  }

  private toCandidate(row: LimitedRow): Candidate {
    const gates = this.gatesOf(row).flatMap((gate) => this.gates.get(nameOf(gate)) ?? []);
    const turn = row.is_ordered ? this.gates.get(nameOf(keyGateOf(row)))?.turn : undefined;
    return {
      id: fromBytes(row.id),
      priority: row.priority,
      runAt: row.run_at.getTime(),
      gates,
      turn: turn && fromBytes(turn.job_id),
    };
  }

  private spend({ id, limit, due, passed }: KeptGate): void {
    if (!limit.rate || !due || passed === 0) return;
    this.session.later(SPEND_RATE, [Math.round(afterStarts(limit.rate, due.at, due.now, passed) * 1_000), id]);
  }

  private gatesOf({ tenant, concurrency_key }: LimitedRow): Gate[] {
    const own = isLimiting(this.policyOf(tenant).all) ? [{ tenant }] : [];
    return concurrency_key === null ? own : [...own, { tenant, concurrencyKey: concurrency_key }];
  }

  private policyOf(tenant: string): QueuePolicy {
    return this.policies.get(tenant) ?? NO_POLICY;
  }
}

/** The next in turn comes when the one before has ended, or at its own time if it waits for that. */
function toOpening({ gate, room, until, turn }: KeptGate): Opening {
  const waitsForTime = turn?.state === 'pending' && turn.due === 0;
  return {
    gate,
    room: turn && room > 0 ? HELD_BY_A_TURN : Math.max(0, room),
    isRelative: false,
    until: waitsForTime ? turn.run_at.getTime() : until,
  };
}

function keyGateOf({ tenant, concurrency_key }: LimitedRow): Gate {
  return { tenant, concurrencyKey: concurrency_key ?? undefined };
}

/** Names of tenants have no space. */
export function nameOf({ tenant, concurrencyKey }: Gate): string {
  return concurrencyKey === undefined ? tenant : `${tenant} ${concurrencyKey}`;
}

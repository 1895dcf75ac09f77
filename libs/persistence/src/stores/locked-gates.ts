import { afterStarts, roomInRate, type Gate, type GateState, type Instant, type Limit } from '@holdfast/domain';
import type { Row, Transaction } from '../database/database.ts';
import { gateId, keyLockId } from '../database/identifiers.ts';
import {
  COUNT_RUNNING_OF_KEYS,
  DELETE_PAST_TURNS,
  LOCK_GATES,
  SELECT_RATES,
  SELECT_TURN,
  SPEND_RATE,
} from '../statements/limits.ts';

/** The job whose turn it is at a gate. */
export interface TurnRow extends Row {
  gate_id: Buffer;
  seq: number;
  job_id: Buffer;
  state: 'blocked' | 'pending' | 'running';
  run_at: Date;
  due: 0 | 1;
}

export class LockedGate implements GateState {
  room: number;
  passed = 0;
  /** When to ask again, where it is known. */
  until: Instant | undefined;
  turn: TurnRow | undefined;
  /** Of a rate, once it is read. */
  due: { readonly at: number; readonly now: Instant } | undefined;
  private named: Buffer | undefined;

  constructor(
    private readonly queue: string,
    readonly gate: Gate,
    readonly limit: Limit,
  ) {
    this.room = limit.concurrency ?? Infinity;
  }

  /** Made when it is asked for: most gates of keys have neither a rate nor an order to keep. */
  get id(): Buffer {
    return (this.named ??= gateId(this.queue, this.gate));
  }
}

/** The gates that the jobs of one claim have to pass, locked until it is committed, and how much room each has. */
export class LockedGates {
  private readonly gates = new Map<string, LockedGate>();
  /** Ids of the gates of whole tenants, from which locks of keys are made. */
  private readonly ofTenants = new Map<string, Buffer>();

  constructor(
    private readonly session: Transaction,
    private readonly queue: string,
  ) {}

  add(gate: Gate, limit: Limit): void {
    const name = nameOf(gate);
    if (!this.gates.has(name)) this.gates.set(name, new LockedGate(this.queue, gate, limit));
  }

  find(gate: Gate): LockedGate | undefined {
    return this.gates.get(nameOf(gate));
  }

  all(): LockedGate[] {
    return [...this.gates.values()];
  }

  /** Locks them all and reads how much room each has. */
  async lock(): Promise<void> {
    if (this.gates.size === 0) return;
    const rated = this.all().filter(({ limit }) => limit.rate !== undefined);
    const locks = [...this.all().map((gate) => this.lockOf(gate)), ...rated.map(({ id }) => id)];
    const distinct = new Map(locks.map((id) => [id.toString('hex'), id]));
    const sorted = [...distinct.values()].sort((a, b) => a.compare(b));
    this.session.later(LOCK_GATES, [sorted.map((id) => [id])]);
    await this.countRunning();
    if (rated.length > 0) await this.readRates(rated);
  }

  async readTurns(gates: readonly LockedGate[]): Promise<void> {
    if (gates.length === 0) return;
    const byId = new Map(gates.map((gate) => [gate.id.toString('hex'), gate]));
    const statement = gates.map(() => `(${SELECT_TURN})`).join(' UNION ALL ');
    const turns = await this.session.rows<TurnRow>(
      statement,
      gates.map(({ id }) => id),
    );
    for (const turn of turns) {
      const gate = byId.get(turn.gate_id.toString('hex'));
      if (gate) gate.turn = turn;
      this.session.later(DELETE_PAST_TURNS, [turn.gate_id, turn.seq]);
    }
  }

  /** Notes in the rates what has passed. */
  spend(): void {
    for (const gate of this.gates.values()) {
      const { limit, due, passed } = gate;
      if (!limit.rate || !due || passed === 0) continue;
      this.session.later(SPEND_RATE, [Math.round(afterStarts(limit.rate, due.at, due.now, passed) * 1_000), gate.id]);
    }
  }

  private lockOf({ gate: { tenant, concurrencyKey } }: LockedGate): Buffer {
    const ofTenant = this.ofTenants.get(tenant) ?? gateId(this.queue, { tenant });
    this.ofTenants.set(tenant, ofTenant);
    return concurrencyKey === undefined ? ofTenant : keyLockId(ofTenant, concurrencyKey);
  }

  private async countRunning(): Promise<void> {
    const gates = this.all().map(({ gate }) => gate);
    const tenants = [...new Set(gates.map(({ tenant }) => tenant))];
    const keys = new Set(gates.map(({ concurrencyKey }) => concurrencyKey ?? ''));
    const running = await this.session.rows<Row & { tenant: string; key_asked_for: string | null; n: number }>(
      COUNT_RUNNING_OF_KEYS,
      [[...keys], this.queue, tenants],
    );
    for (const { tenant, key_asked_for, n } of running) {
      const ofTenant = this.find({ tenant });
      if (ofTenant) ofTenant.room -= n;
      const ofKey = key_asked_for === null ? undefined : this.find({ tenant, concurrencyKey: key_asked_for });
      if (ofKey) ofKey.room -= n;
    }
  }

  private async readRates(gates: readonly LockedGate[]): Promise<void> {
    const byId = new Map(gates.map((gate) => [gate.id.toString('hex'), gate]));
    const rows = await this.session.rows<Row & { id: Buffer; due_us: number | string; now_us: number | string }>(
      SELECT_RATES,
      [gates.map(({ id }) => id)],
    );
    for (const row of rows) {
      const gate = byId.get(row.id.toString('hex'));
      if (!gate?.limit.rate) continue;
      gate.due = { at: Number(row.due_us) / 1_000, now: Number(row.now_us) / 1_000 };
      const { room, until } = roomInRate(gate.limit.rate, gate.due.at, gate.due.now);
      if (room < 1) gate.until = Math.ceil(until);
      gate.room = Math.min(gate.room, room);
    }
  }
}

/** Names of tenants have no space. */
export function nameOf({ tenant, concurrencyKey }: Gate): string {
  return concurrencyKey === undefined ? tenant : `${tenant} ${concurrencyKey}`;
}

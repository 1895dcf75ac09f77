import {
  admit,
  HELD_BY_A_TURN,
  isLimiting,
  limitOf,
  NO_POLICY,
  type Candidate,
  type Gate,
  type JobId,
  type Opening,
  type QueuePolicy,
} from '@holdfast/domain';
import type { Row, Transaction } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import { SELECT_POLICIES } from '../statements/limits.ts';
import { LockedGates, type LockedGate } from './locked-gates.ts';
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
  private readonly gates: LockedGates;

  private constructor(
    private readonly session: Transaction,
    private readonly queue: string,
  ) {
    this.gates = new LockedGates(session, queue);
  }

  /** Locks the gates of some jobs and reads how much room each has. */
  static async open(session: Transaction, queue: string, rows: readonly LimitedRow[]): Promise<LimitLedger> {
    const ledger = new LimitLedger(session, queue);
    if (rows.some(({ has_policy }) => has_policy === 1)) await ledger.readPolicies(rows);
    for (const row of rows) ledger.addGates(row);
    await ledger.gates.lock();
    await ledger.readTurns(rows);
    return ledger;
  }

  /** Jobs whose turn it is and that can start: they do, whichever job of their key was asked for. */
  get turns(): JobId[] {
    const turns = this.gates.all().map(({ turn }) => turn);
    return turns.flatMap((turn) => (turn?.state === 'pending' && turn.due === 1 ? [fromBytes(turn.job_id)] : []));
  }

  /** @param rows those that the gates were locked for, and those whose turn it is */
  settle(rows: readonly LimitedRow[]): Admission {
    const candidates = rows.map((row) => this.toCandidate(row));
    const admitted = admit(candidates);
    this.gates.spend();
    const limitedTenants = new Set(
      [...this.policies].flatMap(([tenant, { all }]) => (isLimiting(all) ? [tenant] : [])),
    );
    const refused = candidates.filter(({ id }) => !admitted.has(id));
    const refusing = new Set(refused.flatMap(({ gates }) => gates));
    const news = this.gates.all().filter((gate) => !isAsExpected(gate) || refusing.has(gate));
    const openings = [...refused.flatMap(unusedRoom), ...news.map(toOpening), ...this.unlimited(limitedTenants)];
    return { admitted, openings, limitedTenants };
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
    for (const gate of this.gatesOf(row)) this.gates.add(gate, limitOf(this.policyOf(row.tenant), gate));
  }

  private async readTurns(rows: readonly LimitedRow[]): Promise<void> {
    const ordered = rows.filter(({ is_ordered }) => is_ordered);
    await this.gates.readTurns([...new Set(ordered.flatMap((row) => this.gates.find(keyGateOf(row)) ?? []))]);
  }

  private toCandidate(row: LimitedRow): Candidate & { readonly gates: readonly LockedGate[] } {
    const gates = this.gatesOf(row).flatMap((gate) => this.gates.find(gate) ?? []);
    const turn = row.is_ordered ? this.gates.find(keyGateOf(row))?.turn : undefined;
    return {
      id: fromBytes(row.id),
      priority: row.priority,
      runAt: row.run_at.getTime(),
      gates,
      turn: turn && fromBytes(turn.job_id),
    };
  }

  private gatesOf({ tenant, concurrency_key }: LimitedRow): Gate[] {
    const own = isLimiting(this.policyOf(tenant).all) ? [{ tenant }] : [];
    return concurrency_key === null ? own : [...own, { tenant, concurrencyKey: concurrency_key }];
  }

  private policyOf(tenant: string): QueuePolicy {
    return this.policies.get(tenant) ?? NO_POLICY;
  }
}

/** Whether the index, which lets one job through to a gate that it knows nothing of, was right with the one that it sent. */
function isAsExpected({ gate, limit, room, turn }: LockedGate): boolean {
  return gate.concurrencyKey !== undefined && limit.concurrency === 1 && !limit.rate && !turn && room === 0;
}

/** What a refused job would have used at gates that did not refuse it: it was let through there. */
function unusedRoom({ gates }: { readonly gates: readonly LockedGate[] }): Opening[] {
  const open = gates.filter(({ room, turn }) => room > 0 && !turn);
  return open.map(({ gate }) => ({ gate, room: 1, isRelative: true }));
}

/** The next in turn comes when the one before has ended, or at its own time if it waits for that. */
function toOpening({ gate, room, until, turn }: LockedGate): Opening {
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

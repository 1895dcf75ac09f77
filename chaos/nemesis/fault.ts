import type { Program } from '../../e2e/harness/program.ts';
import { until } from '../../e2e/harness/until.ts';
import type { Random } from '../random.ts';
import type { Slot } from '../system/slot.ts';
import type { Ground, System } from '../system/system.ts';

/** What a fault is done to. */
export interface Field {
  readonly system: System;
  readonly random: Random;
  /** Everybody, by process id, who may suffer from it from now on; `*` is all programs. */
  readonly begin: (...targets: (number | '*')[]) => void;
  /** Lets the fault last: so many leases. */
  readonly last: (leases: number) => Promise<void>;
}

/** One kind of fault. It ends when `inflict` resolves: what was broken is whole again by then. */
export interface Fault {
  readonly name: string;
  /** Faults of one kind follow each other; the two kinds may overlap. */
  readonly kind: 'program' | 'server';
  /** Why it cannot be done here; undefined if it can. */
  readonly impossible?: (ground: Ground) => string | undefined;
  /** @returns what shows that it took effect, undefined if nothing does */
  readonly inflict: (field: Field) => Promise<string | undefined>;
}

export interface Victim {
  readonly slot: Slot;
  readonly program: Program;
}

const RUNS_AGAIN_WITHIN_MS = 60_000;

/** One of those that run; if all have just ended, of those that do next. */
export async function pickRunning({ random }: Field, slots: readonly Slot[]): Promise<Victim> {
  await until('one of them runs', () => slots.some((slot) => slot.runs()), RUNS_AGAIN_WITHIN_MS);
  const victim = random.pick(running(slots));
  if (!victim) throw new Error('nobody to pick from');
  return victim;
}

export function running(slots: readonly Slot[]): Victim[] {
  return slots.flatMap((slot) => (slot.program ? [{ slot, program: slot.program }] : []));
}

export function needsOwnDatabase({ database }: Ground): string | undefined {
  return database.own ? undefined : 'the database server is not this run’s own';
}

export function needsOneRedis({ redis }: Ground): string | undefined {
  return redis.kind === 'one' ? undefined : 'there are several Redis servers, which no proxy stands before';
}

export function needsOwnRedis({ redis }: Ground): string | undefined {
  return redis.own ? undefined : 'the Redis server is not this run’s own';
}

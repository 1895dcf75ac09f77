import type { Random } from '../random.ts';
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

export function needsOwnDatabase({ database }: Ground): string | undefined {
  return database.own ? undefined : 'the database server is not this run’s own';
}

export function needsOwnRedis({ redis }: Ground): string | undefined {
  return redis.own ? undefined : 'the Redis server is not this run’s own';
}

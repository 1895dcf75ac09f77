import { JOB_DEFAULTS } from '../job/job-limits.ts';

/** So many starts in a span of time, `burst` of them at once. */
export interface Rate {
  readonly limit: number;
  readonly perMs: number;
  readonly burst: number;
}

/** What may start: so many that run at once, and so many in a span of time. */
export interface Limit {
  readonly concurrency?: number | undefined;
  readonly rate?: Rate | undefined;
}

/** Share of the starts, by fairness key; what is not named has a weight of 1. */
export type KeyWeights = Readonly<Record<string, number>>;

/** What a tenant has decided about its jobs in a queue. */
export interface QueuePolicy {
  /** All of its jobs there together. */
  readonly all: Limit;
  /** Those that share a concurrency key. */
  readonly perKey: Limit;
  readonly weights: KeyWeights;
  /** So long a wait makes up for a step of priority; if not set, none does. */
  readonly agingMs?: number;
}

/** By tenant, where priorities of its jobs in a queue age: the wait that makes up for a step, in milliseconds. */
export type Agings = Readonly<Record<string, number>>;

/** A job with a concurrency key runs alone with it, unless its queue allows more. */
export const DEFAULT_KEY_CONCURRENCY = 1;

export const NO_POLICY: QueuePolicy = { all: {}, perKey: {}, weights: {} };

/** Where a limit lets jobs of a queue through: the tenant's own, or that of one of its concurrency keys. */
export interface Gate {
  readonly tenant: string;
  readonly concurrencyKey?: string | undefined;
}

/** Whether a job takes turns with others, rather than standing in the one line that all the rest of a queue stands in. */
export function hasLane({
  tenant,
  fairnessKey,
  concurrencyKey,
}: Gate & { readonly fairnessKey?: string | undefined }): boolean {
  return tenant !== JOB_DEFAULTS.tenant || fairnessKey !== undefined || concurrencyKey !== undefined;
}

/** Shares of the starts of a queue, of those that are not 1. */
export interface Weights {
  readonly tenants: Readonly<Record<string, number>>;
  /** By tenant. */
  readonly keys: Readonly<Record<string, KeyWeights>>;
}

export function isLimiting({ concurrency, rate }: Limit): boolean {
  return concurrency !== undefined || rate !== undefined;
}

export function limitOf(policy: QueuePolicy, gate: Gate): Limit {
  if (gate.concurrencyKey === undefined) return policy.all;
  return { ...policy.perKey, concurrency: policy.perKey.concurrency ?? DEFAULT_KEY_CONCURRENCY };
}

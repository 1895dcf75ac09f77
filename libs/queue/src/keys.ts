import { JOB_DEFAULTS, type Gate, type Lane } from '@holdfast/domain';

/** Every Redis key and channel of Holdfast. The braces make all keys of a queue share one slot of a cluster. */
export interface QueueKeys {
  /** ZSET of ids due: score by priority, then due time */
  readonly ready: string;
  /** ZSET of ids due later, within the horizon: score by due time, then priority */
  readonly delayed: string;
  /** ZSET of ids handed out and not yet claimed: score is when they are given up, in epoch milliseconds */
  readonly taken: string;
  /**
   * STRING, `building` or `ready`, the number of the generation in MySQL, and the run_id of the server it was built on:
   * `ready 7 309f0fc3…`. Anything else, or nothing, means that the index was lost.
   */
  readonly generation: string;
}

/**
 * ZSET like ready, of the tenant and fairness key of a job. Beside it the scripts keep, under the name of ready and a colon,
 * `ring`, `rooms`, `last`, `told`, `waits` and `extras`: see lua/lanes.lua.
 */
export function laneKey({ ready }: QueueKeys, lane: Lane): string {
  const [tenant, fairness] = laneParts(lane);
  return tenant === '' && fairness === '' ? ready : `${ready}:lane:${tenant}\0${fairness}`;
}

/** ZSET like ready, of what waits at the gate of a concurrency key. */
export function gateKey({ ready }: QueueKeys, lane: Lane): string {
  return `${ready}:gate:${gateName(lane)}`;
}

/** SET: there is one where jobs stand elsewhere than in ready. */
export function extrasKey({ ready }: QueueKeys): string {
  return `${ready}:extras`;
}

/** HASH: the wait that makes up for a step of priority, in milliseconds, by tenant; there is one where priorities age. */
export function agingKey({ ready }: QueueKeys): string {
  return `${ready}:aging`;
}

/** What lua/lanes.lua calls a gate. */
export function gateName({ tenant, concurrencyKey }: Gate): string {
  const [name] = laneParts({ tenant });
  return concurrencyKey === undefined ? name : `${name}\0${concurrencyKey}`;
}

/** Tenant, fairness key and concurrency key; the default tenant is left empty. */
export function laneParts({ tenant, fairnessKey, concurrencyKey }: Lane): [string, string, string] {
  return [tenant === JOB_DEFAULTS.tenant ? '' : tenant, fairnessKey ?? '', concurrencyKey ?? ''];
}

export function queueKeys(prefix: string, queue: string): QueueKeys {
  const tag = `${prefix}:{${queue}}`;
  return { ready: `${tag}:ready`, delayed: `${tag}:delayed`, taken: `${tag}:taken`, generation: `${tag}:generation` };
}

/** Written to find out whether Redis serves again: in a cluster, whether the server of that queue does. */
export function pulseKey(prefix: string, queue: string | undefined): string {
  return queue === undefined ? `${prefix}:pulse` : `${prefix}:{${queue}}:pulse`;
}

/** Which scheduler takes this turn of a duty. */
export function turnKey(prefix: string, duty: string): string {
  return `${prefix}:turn:${duty}`;
}

/** Carries the name of a queue that has something new to take. */
export function wakeChannel(prefix: string): string {
  return `${prefix}:wake`;
}

/** Carries the id of a worker that shall look for jobs to cancel. */
export function cancelChannel(prefix: string): string {
  return `${prefix}:cancel`;
}

/** Carries the name of a queue whose index was found lost. */
export function lostChannel(prefix: string): string {
  return `${prefix}:lost`;
}

/** Says that a schedule was made or changed. */
export function schedulesChannel(prefix: string): string {
  return `${prefix}:schedules`;
}

/** STRING: how a submission with an idempotency key stands, see marks.ts. */
export function submissionKey(prefix: string, digest: string): string {
  return `${prefix}:submission:${digest}`;
}

/** STRING: how an effect that jobs must not have twice stands, see marks.ts. */
export function effectKey(prefix: string, digest: string): string {
  return `${prefix}:effect:${digest}`;
}

/** STRING: how often something happened within a window of time, see shared-counts.ts. */
export function countKey(prefix: string, window: number, digest: string): string {
  return `${prefix}:count:${window}:${digest}`;
}

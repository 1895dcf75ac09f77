/** Every Redis key and channel of Holdfast. The braces make all keys of a queue share one slot of a cluster. */
export interface QueueKeys {
  /** ZSET of ids due: score by priority, then due time */
  readonly ready: string;
  /** ZSET of ids due later, within the horizon: score by due time, then priority */
  readonly delayed: string;
  /** ZSET of ids handed out and not yet claimed: score is when they are given up, in epoch milliseconds */
  readonly taken: string;
  /** STRING, set last when the index was built: which server it was built on. Its absence means the index was lost. */
  readonly generation: string;
}

export function queueKeys(prefix: string, queue: string): QueueKeys {
  const tag = `${prefix}:{${queue}}`;
  return { ready: `${tag}:ready`, delayed: `${tag}:delayed`, taken: `${tag}:taken`, generation: `${tag}:generation` };
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

/** STRING: how a submission with an idempotency key stands, see submission-marks.ts. */
export function submissionKey(prefix: string, digest: string): string {
  return `${prefix}:submission:${digest}`;
}

/** STRING: how often something happened within a window of time, see shared-counts.ts. */
export function countKey(prefix: string, window: number, digest: string): string {
  return `${prefix}:count:${window}:${digest}`;
}

export const BACKOFF_STRATEGIES = ['exponential', 'linear', 'fixed'] as const;
export type BackoffStrategy = (typeof BACKOFF_STRATEGIES)[number];

export interface Backoff {
  readonly strategy: BackoffStrategy;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** 0 to 1: the share of the delay by which it may be longer or shorter. */
  readonly jitter: number;
}

/**
 * How long to wait after the nth failed attempt, in whole milliseconds. Exponential doubles: with a delay of 1 s it
 * waits 1, 2, 4, 8 s. The cap holds before jitter and after it, so no wait exceeds maxDelayMs.
 *
 * @param attempt the attempt that failed, from 1
 * @param random a number in [0, 1), 0.5 for no deviation
 */
export function backoffDelay(backoff: Backoff, attempt: number, random: number): number {
  const capped = Math.min(backoff.maxDelayMs, growth(backoff.strategy, attempt) * backoff.delayMs);
  const jittered = capped * (1 + backoff.jitter * (2 * random - 1));
  return Math.round(Math.min(backoff.maxDelayMs, Math.max(0, jittered)));
}

function growth(strategy: BackoffStrategy, attempt: number): number {
  switch (strategy) {
    case 'exponential':
      return 2 ** (attempt - 1);
    case 'linear':
      return attempt;
    case 'fixed':
      return 1;
  }
}

import type { Instant } from '../job/scalars.ts';

/**
 * MySQL's clock as this process knows it. It may lag behind the real one by a round trip and never runs ahead, so
 * whatever it calls due is due.
 */
export interface Clock {
  now(): Instant;
}

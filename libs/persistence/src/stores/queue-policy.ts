import type { QueuePolicy } from '@holdfast/domain';

/** A policy is stored as it is; what a newer program has added is kept, and what an older one left out is not limited. */
export function readPolicy(text: string): QueuePolicy {
  return { all: {}, perKey: {}, weights: {}, ...(JSON.parse(text) as Partial<QueuePolicy>) };
}

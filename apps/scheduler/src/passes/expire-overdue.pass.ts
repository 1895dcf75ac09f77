import type { JobId } from '@holdfast/domain';
import type { Counts } from '../pass.ts';

export interface ExpirePorts {
  readonly jobs: { expireOverdue(limit: number): Promise<JobId[]> };
}

/** Expires waiting jobs whose deadline passed. What the index still says of them is dropped by the claim. */
export async function expireOverdue(
  { jobs }: ExpirePorts,
  { limit }: { readonly limit: number },
  signal: AbortSignal,
): Promise<Counts> {
  let expired = 0;
  while (!signal.aborted) {
    const ids = await jobs.expireOverdue(limit);
    expired += ids.length;
    if (ids.length < limit) break;
  }
  return { expired };
}

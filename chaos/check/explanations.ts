import type { History } from './history.ts';
import type { Transition } from './dump.ts';

/** A crash is noticed a lease, a pass and an unbroken lease of contact later; a silence lasts some leases. */
export const NOTICED_WITHIN_MS = 30_000;

export function pidOf({ actor }: Transition): number {
  return Number(actor.slice(actor.lastIndexOf(':') + 1));
}

/** Whether the process that made a claim was hit by a fault not long before it, or until a later moment of MySQL's clock. */
export function sufferedAFault({ nemesis, monotonicToStore }: History, claim: Transition, until = claim.at): boolean {
  const pid = pidOf(claim);
  return nemesis.some(
    ({ targets, at }) =>
      at + monotonicToStore >= claim.at - NOTICED_WITHIN_MS &&
      at + monotonicToStore <= until &&
      targets.some((target) => target === '*' || target === pid),
  );
}

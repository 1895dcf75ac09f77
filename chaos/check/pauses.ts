import type { DriverEvent, Stamped } from '../history/events.ts';
import type { Transition } from './dump.ts';
import { sufferedAFault } from './explanations.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

/** A claim that had looked at the queue before the pause was committed may be written down a moment after. */
const TOLERANCE_MS = 500;

/** Nothing of a queue starts between the answer to a pause and whatever might have resumed it. */
export const PAUSES: readonly Invariant[] = [
  { id: 'I19', title: 'nothing is claimed from a paused queue', check: paused },
];

function* paused(history: History): Iterable<Violation> {
  const claims = [...history.transitions.values()].flat().filter(({ event }) => event === 'claim');
  for (const pause of history.driver) {
    if (pause.operation !== 'pause' || pause.phase !== 'ok') continue;
    const from = pause.at + history.monotonicToStore + TOLERANCE_MS;
    const until = endOf(pause, history) + history.monotonicToStore;
    for (const claim of claims) {
      if (isOf(claim, pause) && claim.at > from && claim.at < until && !sufferedAFault(history, claim)) {
        yield { job: claim.job, says: `claimed from ${claim.queue} of ${claim.tenant}, which was paused` };
      }
    }
  }
}

/** Any resume may have taken effect from when it was asked for: also one whose caller had given up long before the pause was asked for. */
function endOf(pause: Stamped<DriverEvent>, { driver }: History): number {
  const began = driver.find(({ call, phase }) => call === pause.call && phase === 'invoke')?.at ?? pause.at;
  const asked = driver.find(
    (event) => event.operation === 'resume' && event.phase === 'invoke' && event.at > pause.at && same(event, pause),
  );
  const open = driver.some(
    (event) =>
      event.operation === 'resume' &&
      same(event, pause) &&
      event.phase === 'invoke' &&
      event.at < pause.at &&
      !driver.some(({ call, phase, at }) => call === event.call && (phase === 'ok' || phase === 'fail') && at < began),
  );
  return open ? pause.at : (asked?.at ?? Infinity);
}

function same(a: DriverEvent, b: DriverEvent): boolean {
  return a.tenant === b.tenant && a.queue === b.queue;
}

function isOf(claim: Transition, { tenant, queue }: DriverEvent): boolean {
  return claim.tenant === tenant && claim.queue === queue;
}

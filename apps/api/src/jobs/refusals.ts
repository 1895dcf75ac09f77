import { shownState, type Instant, type JobId, type KeyHolder, type NewJob, type UniqueAnswer } from '@holdfast/domain';
import { Problem } from '../http/problem.ts';
import type { Order } from './order.ts';

/** Names the job that is in the way. */
export function keyHeld({ key, id, state, runAt }: KeyHolder, now: Instant, what: string): Problem {
  const holder = state === undefined ? 'has been deleted' : `is ${shownState(state, runAt, now)}`;
  return new Problem('unique-key-held', `${what}: the job ${id}, which ${holder}, holds the unique key "${key}".`, {
    headers: { location: `/v1/jobs/${id}` },
  });
}

/** Why nothing of an order was stored. */
export function refusalOf(
  answer: Exclude<UniqueAnswer, { kind: 'placed' }>,
  { pointerOf }: Order,
  jobs: readonly NewJob[],
  now: Instant,
): Problem {
  if (answer.kind === 'taken') return idsTaken(answer.ids);
  const pointer = pointerOf(jobs.findIndex(({ id }) => id === answer.wantedBy));
  return keyHeld(
    answer.holder,
    now,
    pointer === '' ? 'Nothing was submitted' : `Nothing was submitted, see ${pointer}`,
  );
}

/** @throws Problem if there are any */
export function refuseTaken(ids: readonly JobId[] | undefined): void {
  if (ids && ids.length > 0) throw idsTaken(ids);
}

function idsTaken(ids: readonly JobId[]): Problem {
  const shown = ids.slice(0, 20).join(', ');
  return new Problem('id-taken', `A job may not have an id that another has: ${shown}. Nothing was submitted.`);
}

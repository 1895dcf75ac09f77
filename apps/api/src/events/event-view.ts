import { SHOWN_STATES, shownState } from '@holdfast/domain';
import type { Transition } from '@holdfast/persistence';
import { z } from 'zod';
import type { EventQuery } from './event-query.schema.ts';

/** What a stream tells of a transition: what happened, and how the job was afterwards. */
export const EventView = z
  .object({
    jobId: z.uuid(),
    type: z.string(),
    queue: z.string(),
    event: z.string().meta({
      description:
        'submit, claim, succeed, fail (it is tried again), exhaust or exhaust-crashes (it is dead), crash, hand-back, cancel, expire, change, retry, release; new ones may be added',
    }),
    state: z.enum(SHOWN_STATES),
    at: z.iso.datetime(),
    runAt: z.iso.datetime(),
    attempt: z.int(),
    generation: z.int().meta({ description: 'How often it was retried by hand, from 1' }),
    fence: z.int().meta({ description: 'Grows with every start' }),
    workerId: z.uuid().nullable().meta({ description: 'The worker that runs it' }),
  })
  .meta({ id: 'JobEvent' });
export type EventView = z.output<typeof EventView>;

export function viewOfTransition(transition: Transition): EventView {
  const { jobId, type, queue, event, at, runAt, attempt, generation, fence, workerId = null } = transition;
  const times = { at: new Date(at).toISOString(), runAt: new Date(runAt).toISOString() };
  return { jobId, type, queue, event, state: stateAfter(transition), ...times, attempt, generation, fence, workerId };
}

export function isAskedFor(transition: Transition, { queue, type, state, jobId }: EventQuery): boolean {
  return (
    (queue === undefined || queue === transition.queue) &&
    (type === undefined || type === transition.type) &&
    (jobId === undefined || jobId === transition.jobId) &&
    (state === undefined || state === stateAfter(transition))
  );
}

function stateAfter({ to, runAt, at }: Transition): EventView['state'] {
  return shownState(to, runAt, at);
}

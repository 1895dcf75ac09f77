/** What MySQL stores. */
export const JOB_STATES = ['blocked', 'pending', 'running', 'succeeded', 'dead', 'cancelled', 'expired'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A finished job leaves its state only when an operator retries it. */
export const FINISHED_STATES = ['succeeded', 'dead', 'cancelled', 'expired'] as const satisfies readonly JobState[];
export type FinishedState = (typeof FINISHED_STATES)[number];

/** What a caller sees: `pending` is `scheduled` until it is due and `ready` from then on. */
export const SHOWN_STATES = [
  'blocked',
  'scheduled',
  'ready',
  'running',
  'succeeded',
  'dead',
  'cancelled',
  'expired',
] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

export function isFinished(state: JobState): state is FinishedState {
  return (FINISHED_STATES as readonly JobState[]).includes(state);
}

/** `runAt` and `now` in epoch milliseconds of the database's clock. */
export function shownState(state: JobState, runAt: number, now: number): ShownState {
  if (state !== 'pending') return state;
  return runAt > now ? 'scheduled' : 'ready';
}

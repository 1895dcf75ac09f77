import type { JobState } from './job-state.ts';

export type JobEvent =
  | 'submit'
  | 'release'
  | 'claim'
  | 'succeed'
  | 'fail'
  | 'exhaust'
  | 'hand-back'
  | 'crash'
  | 'exhaust-crashes'
  | 'expire'
  | 'change'
  | 'cancel'
  | 'retry'
  | 'prune'
  | 'discard';

export interface JobTransition {
  /** undefined: the job does not exist yet. */
  readonly from: JobState | undefined;
  readonly event: JobEvent;
  /** undefined: the job exists no more. */
  readonly to: JobState | undefined;
  readonly by: 'api' | 'worker' | 'scheduler';
  readonly meaning: string;
}

/**
 * The life of a job, whole. SQL guards, CHECK constraints and the diagram in docs/job-lifecycle.md are tested
 * against this table; nothing else may decide what is legal.
 */
export const JOB_TRANSITIONS: readonly JobTransition[] = [
  { from: undefined, event: 'submit', to: 'pending', by: 'api', meaning: 'accepted' },
  { from: undefined, event: 'submit', to: 'blocked', by: 'api', meaning: 'accepted, waits for other jobs' },
  { from: 'blocked', event: 'release', to: 'pending', by: 'worker', meaning: 'the last dependency finished' },
  { from: 'pending', event: 'claim', to: 'running', by: 'worker', meaning: 'due, and this worker was first' },
  { from: 'running', event: 'succeed', to: 'succeeded', by: 'worker', meaning: 'the handler returned' },
  {
    from: 'running',
    event: 'fail',
    to: 'pending',
    by: 'worker',
    meaning: 'failed, attempts left: waits for its backoff',
  },
  { from: 'running', event: 'exhaust', to: 'dead', by: 'worker', meaning: 'failed for good' },
  {
    from: 'running',
    event: 'hand-back',
    to: 'pending',
    by: 'worker',
    meaning: 'released on shutdown, or snoozed: attempt given back',
  },
  { from: 'running', event: 'cancel', to: 'cancelled', by: 'worker', meaning: 'the handler was told to stop' },
  {
    from: 'running',
    event: 'crash',
    to: 'pending',
    by: 'scheduler',
    meaning: 'its worker was lost, or the process apart that it ran in',
  },
  {
    from: 'running',
    event: 'exhaust-crashes',
    to: 'dead',
    by: 'scheduler',
    meaning: 'that happened too often',
  },
  { from: 'pending', event: 'expire', to: 'expired', by: 'scheduler', meaning: 'too late to start' },
  { from: 'blocked', event: 'expire', to: 'expired', by: 'scheduler', meaning: 'too late to start' },
  { from: 'pending', event: 'change', to: 'pending', by: 'api', meaning: 'changed, or due at once, while it waits' },
  { from: 'pending', event: 'cancel', to: 'cancelled', by: 'api', meaning: 'cancelled before it started' },
  {
    from: 'blocked',
    event: 'cancel',
    to: 'cancelled',
    by: 'api',
    meaning: 'cancelled before it started, by somebody or because a job that it waits for failed',
  },
  { from: 'succeeded', event: 'retry', to: 'pending', by: 'api', meaning: 'run again: a new generation' },
  { from: 'succeeded', event: 'retry', to: 'blocked', by: 'api', meaning: 'run again, after jobs that it waits for' },
  { from: 'dead', event: 'retry', to: 'pending', by: 'api', meaning: 'run again: a new generation' },
  { from: 'dead', event: 'retry', to: 'blocked', by: 'api', meaning: 'run again, after jobs that it waits for' },
  { from: 'cancelled', event: 'retry', to: 'pending', by: 'api', meaning: 'run again: a new generation' },
  { from: 'cancelled', event: 'retry', to: 'blocked', by: 'api', meaning: 'run again, after jobs that it waits for' },
  { from: 'expired', event: 'retry', to: 'pending', by: 'api', meaning: 'run again: a new generation' },
  { from: 'expired', event: 'retry', to: 'blocked', by: 'api', meaning: 'run again, after jobs that it waits for' },
  { from: 'dead', event: 'discard', to: undefined, by: 'api', meaning: 'an operator wants it no more' },
  { from: 'succeeded', event: 'prune', to: undefined, by: 'scheduler', meaning: 'kept for as long as it was to be' },
  { from: 'dead', event: 'prune', to: undefined, by: 'scheduler', meaning: 'kept for as long as it was to be' },
  { from: 'cancelled', event: 'prune', to: undefined, by: 'scheduler', meaning: 'kept for as long as it was to be' },
  { from: 'expired', event: 'prune', to: undefined, by: 'scheduler', meaning: 'kept for as long as it was to be' },
];

/** The states from which an event may happen, for the guard of the statement that carries it out. */
export function statesThatAllow(event: JobEvent): readonly JobState[] {
  const states = JOB_TRANSITIONS.flatMap((each) => (each.event === event && each.from ? [each.from] : []));
  return [...new Set(states)];
}

export function isLegalTransition(from: JobState | undefined, to: JobState): boolean {
  return JOB_TRANSITIONS.some((each) => each.from === from && each.to === to);
}

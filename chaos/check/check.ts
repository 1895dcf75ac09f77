import { ACCEPTED_JOBS } from './accepted-jobs.ts';
import { AT_REST } from './at-rest.ts';
import { DEPENDENCIES } from './dependencies.ts';
import { EXECUTIONS } from './executions.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';
import { LIMITS } from './limits.ts';
import { LIVES } from './lives.ts';
import { PAUSES } from './pauses.ts';
import { QUEUE_LIMITS } from './queue-limits.ts';
import { RECORDED_WORK } from './recorded-work.ts';
import { TICKS } from './ticks.ts';
import { UNIQUE_KEYS } from './unique-keys.ts';
import { VACUITY } from './vacuity.ts';

export const INVARIANTS: readonly Invariant[] = [
  ...ACCEPTED_JOBS,
  ...LIVES,
  ...EXECUTIONS,
  ...RECORDED_WORK,
  ...PAUSES,
  ...LIMITS,
  ...QUEUE_LIMITS,
  ...DEPENDENCIES,
  ...TICKS,
  ...UNIQUE_KEYS,
  ...AT_REST,
  ...VACUITY,
];

export interface Verdict {
  readonly id: string;
  readonly title: string;
  readonly violations: readonly Violation[];
}

/** Every invariant, with what breaks it. */
export function check(history: History): Verdict[] {
  return INVARIANTS.map(({ id, title, check: of }) => ({ id, title, violations: [...of(history)] }));
}

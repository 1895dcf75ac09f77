import type { JobId } from '../job/scalars.ts';
import { isFinished, type JobState } from '../job/job-state.ts';

/** What a job may ask of another before it starts: that it succeeded, or that it finished, however. */
export const DEPENDENCY_CONDITIONS = ['succeeded', 'finished'] as const;
export type DependencyCondition = (typeof DEPENDENCY_CONDITIONS)[number];

/** A job waits for another. */
export interface Dependency {
  readonly dependsOn: JobId;
  readonly condition: DependencyCondition;
}

/** A dependency, and how the other job is now; undefined: it is no more, so it had finished. */
export interface SeenDependency extends Dependency {
  readonly state: JobState | undefined;
}

/** Whether a dependency still keeps its job, lets it go, or never will. */
export function standingOf({ condition, state }: SeenDependency): 'open' | 'met' | 'failed' {
  if (state === undefined || state === 'succeeded') return 'met';
  if (!isFinished(state)) return 'open';
  return condition === 'finished' ? 'met' : 'failed';
}

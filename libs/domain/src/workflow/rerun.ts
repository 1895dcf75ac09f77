import type { JobId } from '../job/scalars.ts';
import { standingOf, type SeenDependency } from './dependency.ts';

/** A finished job that may run again; dependencies that are met may be left out. */
export interface RerunJob {
  readonly id: JobId;
  /** Somebody asked for this one. The others were cancelled because one that runs again had failed. */
  readonly isAsked: boolean;
  readonly dependencies: readonly SeenDependency[];
}

export interface RerunPlan {
  readonly pending: readonly JobId[];
  /** They wait for jobs that run again, or that have not finished. */
  readonly blocked: readonly JobId[];
  /** Failures that whoever asks for the job overlooks. */
  readonly waived: readonly { readonly id: JobId; readonly dependsOn: JobId }[];
}

/**
 * Who runs again when somebody asks for it: those that were asked for, whatever failed before them, and of those that
 * their failure had cancelled the ones that nothing else keeps from running.
 */
export function planRerun(jobs: readonly RerunJob[]): RerunPlan {
  const again = new Map(jobs.map((job) => [job.id, job]));
  const standing = (each: SeenDependency) => (again.has(each.dependsOn) ? 'open' : standingOf(each));
  const isKept = ({ isAsked, dependencies }: RerunJob): boolean =>
    !isAsked && dependencies.some((each) => standing(each) === 'failed');
  for (let before = 0; again.size !== before;) {
    before = again.size;
    for (const job of again.values()) if (isKept(job)) again.delete(job.id);
  }
  const rest = [...again.values()];
  const isBlocked = ({ dependencies }: RerunJob): boolean => dependencies.some((each) => standing(each) === 'open');
  return {
    pending: rest.filter((job) => !isBlocked(job)).map(({ id }) => id),
    blocked: rest.filter(isBlocked).map(({ id }) => id),
    waived: rest.flatMap(({ id, dependencies }) =>
      dependencies.filter((each) => standing(each) === 'failed').map(({ dependsOn }) => ({ id, dependsOn })),
    ),
  };
}

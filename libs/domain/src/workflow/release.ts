import type { JobId } from '../job/scalars.ts';
import { standingOf, type SeenDependency } from './dependency.ts';

/** A blocked job; dependencies that are met may be left out. */
export interface BlockedJob {
  readonly id: JobId;
  readonly dependencies: readonly SeenDependency[];
}

export interface Fates {
  /** Nothing keeps them any more. */
  readonly released: readonly JobId[];
  /** They never can start, each for the dependency that failed. */
  readonly cancelled: ReadonlyMap<JobId, JobId>;
}

/** What becomes of blocked jobs: one that never can start is cancelled, and with it what waits for its success. */
export function fatesOf(jobs: readonly BlockedJob[]): Fates {
  const cancelled = new Map<JobId, JobId>();
  for (let before = -1; cancelled.size > before;) {
    before = cancelled.size;
    for (const { id, dependencies } of jobs) {
      if (cancelled.has(id)) continue;
      const failed = dependencies.find((each) => standingAfter(each, cancelled) === 'failed');
      if (failed) cancelled.set(id, failed.dependsOn);
    }
  }
  const isFree = ({ id, dependencies }: BlockedJob): boolean =>
    !cancelled.has(id) && dependencies.every((each) => standingAfter(each, cancelled) === 'met');
  return { released: jobs.filter(isFree).map(({ id }) => id), cancelled };
}

function standingAfter(dependency: SeenDependency, cancelled: ReadonlyMap<JobId, JobId>) {
  return standingOf(cancelled.has(dependency.dependsOn) ? { ...dependency, state: 'cancelled' } : dependency);
}

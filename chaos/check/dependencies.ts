import { FINISHED_STATES, type JobState } from '@holdfast/domain';
import { askedBy } from './asked-dependencies.ts';
import type { Transition } from './dump.ts';
import type { FinalDependency } from './dump-dependencies.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

/** Jobs that wait for jobs, by the journal: who waits, how long, and for what. */
export const DEPENDENCIES: readonly Invariant[] = [
  { id: 'I20', title: 'what was asked to wait is blocked', check: unlinked },
  { id: 'I20', title: 'a blocked job is let go when all that it waits for is done', check: releases },
  { id: 'I20', title: 'a blocked job is cancelled because what it waits for failed', check: cancellations },
  { id: 'I20', title: 'nothing is blocked that nothing keeps', check: forgotten },
];

/** The others are read a moment before it is written down that a job is let go, and somebody may run them again meanwhile. */
const TOLERANCE_MS = 500;

function* unlinked(history: History): Iterable<Violation> {
  const known = new Set(history.dependencies.map(({ job, dependsOn }) => `${job} ${dependsOn}`));
  for (const event of history.driver) {
    if (event.phase === 'fail' && event.detail === 'unknown-dependency')
      yield { job: event.jobs[0] ?? '', says: 'refused for the want of jobs that were accepted' };
    if (event.phase !== 'invoke') continue;
    for (const { job, dependsOn } of askedBy(event).filter((link) => history.jobs.has(link.job))) {
      if (!known.has(`${job} ${dependsOn}`)) yield { job, says: `was to wait for ${dependsOn}, which is forgotten` };
      const [first] = history.transitions.get(job) ?? [];
      if (first?.to !== 'blocked')
        yield { job, says: `was to wait for ${dependsOn}, and began as ${first?.to ?? '-'}` };
    }
  }
}

function* releases(history: History): Iterable<Violation> {
  const [asked, kept] = [askedLinks(history), linksByJob(history.dependencies)];
  for (const release of eventsOf(history, 'release')) {
    // Only who runs a job again may overlook that something failed.
    const links = (release.generation === 1 ? asked : kept).get(release.job) ?? [];
    for (const link of links.filter((each) => !wasAny(history, each.dependsOn, release.at, doneStates(each)))) {
      yield { job: release.job, says: `let go while ${link.dependsOn} was not done (${release.number})` };
    }
  }
}

function* cancellations(history: History): Iterable<Violation> {
  const asked = askedLinks(history);
  const byCallers = new Set(
    history.driver.flatMap(({ operation, phase, jobs }) => (operation === 'cancel' && phase === 'invoke' ? jobs : [])),
  );
  for (const { job, at, from, number } of eventsOf(history, 'cancel')) {
    if (from !== 'blocked' || byCallers.has(job)) continue;
    const failed = (asked.get(job) ?? []).some((link) => wasAny(history, link.dependsOn, at, failedStates(link)));
    if (!failed) yield { job, says: `cancelled by nobody, and nothing that it waited for had failed (${number})` };
  }
}

function* forgotten({ jobs, dependencies }: History): Iterable<Violation> {
  const links = linksByJob(dependencies);
  for (const { id, state } of jobs.values()) {
    if (state !== 'blocked') continue;
    const stateOf = ({ dependsOn }: FinalDependency): JobState => jobs.get(dependsOn)?.state ?? 'succeeded';
    const own = links.get(id) ?? [];
    if (own.every((link) => doneStates(link).includes(stateOf(link))))
      yield { job: id, says: 'blocked, and all that it waits for is done' };
    if (own.some((link) => failedStates(link).includes(stateOf(link))))
      yield { job: id, says: 'blocked, and what it waits for has failed' };
  }
}

function doneStates({ requirement }: FinalDependency): readonly JobState[] {
  return requirement === 'succeeded' ? ['succeeded'] : FINISHED_STATES;
}

function failedStates({ requirement }: FinalDependency): readonly JobState[] {
  return requirement === 'succeeded' ? FINISHED_STATES.filter((state) => state !== 'succeeded') : [];
}

/** Whether a job was in one of the states at a moment, or just before it. */
function wasAny({ transitions }: History, job: string, at: number, states: readonly JobState[]): boolean {
  const life = (transitions.get(job) ?? []).filter((each) => each.at <= at);
  return life.some(({ to }, n) => states.includes(to) && (life[n + 1]?.at ?? Infinity) > at - TOLERANCE_MS);
}

function eventsOf({ transitions }: History, event: Transition['event']): Transition[] {
  return [...transitions.values()].flat().filter((each) => each.event === event);
}

function askedLinks({ driver }: History): Map<string, FinalDependency[]> {
  return linksByJob(driver.filter(({ phase }) => phase === 'invoke').flatMap(askedBy));
}

function linksByJob(links: readonly FinalDependency[]): Map<string, FinalDependency[]> {
  return Map.groupBy(links, ({ job }) => job);
}

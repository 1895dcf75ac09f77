import { toNewJob, type Submission } from '@holdfast/contract';
import type { Instant, JobId, NewJob, Placement } from '@holdfast/domain';

/** What one request asks to have done: all of it or nothing. */
export interface Order {
  readonly tenant: string;
  readonly submissions: readonly Submission[];
  /** Where in the body a submission stands. */
  readonly pointerOf: (index: number) => string;
  /** Of the request, kept with each job. */
  readonly traceparent: string | undefined;
  /** Makes a graph of the jobs. */
  readonly link?: (jobs: readonly NewJob[], now: Instant) => readonly NewJob[];
}

/** The same order at the same instant, with the same ids, makes the same jobs. */
export function jobsOf(
  { tenant, submissions, traceparent, link = (jobs) => jobs }: Order,
  now: Instant,
  ids: readonly JobId[] = [],
): readonly NewJob[] {
  const withId = (each: Submission, index: number): Submission => ({ ...each, id: ids[index] ?? each.id });
  const jobs = submissions.map((each, index) => toNewJob(withId(each, index), tenant, now, traceparent));
  return link(jobs, now);
}

/** What a submission came to. */
export interface Accepted {
  /** As they were asked for. */
  readonly jobs: readonly NewJob[];
  /** What became of each; undefined: all were made. */
  readonly placements?: readonly Pick<Placement, 'id' | 'kind'>[] | undefined;
  /** The answer is that of an earlier request with the same Idempotency-Key. */
  readonly replayed: boolean;
}

/** A job that stands for one that was not made, because it holds the unique key. */
export interface Standing {
  readonly id: JobId;
  readonly conflict: 'existing' | 'replaced';
}

/** @returns undefined if the job was made */
export function standingFor({ placements }: Accepted, index: number): Standing | undefined {
  const placement = placements?.[index];
  return placement === undefined || placement.kind === 'made'
    ? undefined
    : { id: placement.id, conflict: placement.kind };
}

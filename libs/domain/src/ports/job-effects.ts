import type { ClaimedJob } from '../job/job.ts';
import type { JsonText, WorkerId } from '../job/scalars.ts';

/** Something that must not happen twice among all jobs of a tenant, by the key that they agree on. */
export interface EffectKey {
  readonly tenant: string;
  readonly name: string;
}

export interface RecordedEffect {
  /** undefined: it returned nothing. */
  readonly result: JsonText | undefined;
}

export type EffectClaim =
  /** It is for this attempt to do. */
  | { readonly kind: 'ours' }
  | { readonly kind: 'recorded'; readonly effect: RecordedEffect }
  /** Another attempt, which still runs, has claimed it. */
  | { readonly kind: 'under-way' }
  /** The job that asks was taken from the worker. */
  | { readonly kind: 'job-lost' };

/** Who does what must be done once. It belongs to an attempt: when that is over without a result, it is free again. */
export interface JobEffects {
  claim(workerId: WorkerId, job: ClaimedJob, name: string): Promise<EffectClaim>;
  /** @returns what is recorded; undefined if the job, and with it the effect, was taken away */
  record(
    workerId: WorkerId,
    job: ClaimedJob,
    name: string,
    effect: RecordedEffect,
  ): Promise<RecordedEffect | undefined>;
  /** It was not done after all: the next may. */
  release(job: ClaimedJob, name: string): Promise<void>;
}

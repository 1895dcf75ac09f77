import type { Instant, JobId } from '../job/scalars.ts';
import type { DependencyCondition } from './dependency.ts';

/** A UUID version 7 as jobs have. */
export type WorkflowId = string;

/** A graph of jobs that is looked at, cancelled and run again as one. */
export interface Workflow {
  readonly id: WorkflowId;
  readonly tenant: string;
  /** For people: several may have the same. */
  readonly name: string;
  readonly createdAt: Instant;
}

/** Where a job stands in a workflow. */
export interface WorkflowPlace {
  readonly workflow: Workflow;
  /** It is submitted with the job. */
  readonly isNew: boolean;
  /** Its own in the workflow. */
  readonly name: string;
  /** It waits for all others, also for those that are added later. */
  readonly awaitsAll?: DependencyCondition | undefined;
  /** The job whose handler added it. */
  readonly addedBy?: JobId | undefined;
}

import { graphFaults, orderFaults, WORKFLOW_LIMITS, type LinedNode } from '@holdfast/domain';
import { z } from 'zod';
import { lineOf } from './batch-faults.ts';
import { dependsOnNamesField, jobNameField } from './dependency.schema.ts';
import { printableField, strictObject } from './fields.ts';
import { coherent, JOB_FIELDS } from './submission.schema.ts';

const UNIQUE_INSTEAD =
  'a graph is made whole, so none of its jobs can be left out for one that holds a key; an Idempotency-Key makes the request count once, a concurrencyKey keeps jobs from running beside each other';

/** A job of a workflow: as it is submitted alone, but that it waits for others by their names. */
export const WorkflowJob = coherent(
  strictObject(
    { ...JOB_FIELDS, dependsOn: dependsOnNamesField },
    { uniqueKey: UNIQUE_INSTEAD, uniqueFor: UNIQUE_INSTEAD, onConflict: UNIQUE_INSTEAD },
  ),
).meta({ id: 'WorkflowJob' });
export type WorkflowJob = z.output<typeof WorkflowJob>;

const COUNT_MESSAGE = `must hold 1 to ${WORKFLOW_LIMITS.jobsPerRequest} jobs`;

const NAME_MESSAGE = `must be 1 to ${WORKFLOW_LIMITS.nameLength} printable characters without spaces around them`;

/** Jobs by their names. */
const jobsField = z.record(jobNameField, WorkflowJob, 'must be an object of jobs by their names').refine((jobs) => {
  const n = Object.keys(jobs).length;
  return n > 0 && n <= WORKFLOW_LIMITS.jobsPerRequest;
}, COUNT_MESSAGE);

/** A graph of jobs. */
export const NewWorkflow = strictObject({
  name: printableField(WORKFLOW_LIMITS.nameLength, NAME_MESSAGE).meta({
    description: 'For people; several may have the same',
    examples: ['nightly-import'],
  }),
  jobs: jobsField.meta({ description: 'The jobs by names of their own, at most 1,000' }),
})
  .superRefine(({ jobs }, context) => {
    const nodes = nodesOf(jobs);
    const faults = graphFaults(nodes);
    for (const { name, index, message } of faults.length > 0 ? faults : orderFaults(nodes)) {
      const path = ['jobs', name, 'dependsOn', ...(index === undefined ? [] : [index])];
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .meta({ id: 'NewWorkflow' });
export type NewWorkflow = z.output<typeof NewWorkflow>;

/** Jobs for a workflow that there is already. */
export const MoreJobs = strictObject({
  jobs: jobsField.meta({ description: 'They may wait for jobs that the workflow has already' }),
}).meta({ id: 'MoreJobs' });
export type MoreJobs = z.output<typeof MoreJobs>;

type Node = Pick<WorkflowJob, 'dependsOn' | 'queue' | 'concurrencyKey' | 'ordered'>;

/** As the rules of graphs see them, in the order in which they are submitted. */
export function nodesOf(jobs: Readonly<Record<string, Node>>): LinedNode[] {
  return Object.entries(jobs).map(([name, job]) => ({
    name,
    dependsOn: job.dependsOn.map(({ job: other, on }) => ({ name: other, condition: on })),
    line: lineOf(job),
  }));
}

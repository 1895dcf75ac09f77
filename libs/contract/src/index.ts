export { batchFaults } from './batch-faults.ts';
export type { FieldError } from './field-error.ts';
export {
  durationField,
  idField,
  integerField,
  laneKeyField,
  nameField,
  queueField,
  strictObject,
  tagField,
  timeField,
  typeField,
} from './fields.ts';
export { nearest } from './nearest.ts';
export { timeFaults, toNewJob } from './new-job.ts';
export { payloadSchema, type Payload } from './payload.ts';
export { AcceptedBatch, Backoff, Submission, SubmissionBatch, type SubmissionInput } from './submission.schema.ts';
export { MoreJobs, NewWorkflow, nodesOf, WorkflowJob } from './workflow.schema.ts';

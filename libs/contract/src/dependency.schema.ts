import { ALL_OTHERS, DEPENDENCY_CONDITIONS, WORKFLOW_LIMITS } from '@holdfast/domain';
import { z } from 'zod';
import { idField, strictObject } from './fields.ts';

const CONDITION_MESSAGE = `must be one of ${DEPENDENCY_CONDITIONS.join(', ')}`;

const conditionField = z
  .enum(DEPENDENCY_CONDITIONS, CONDITION_MESSAGE)
  .prefault('succeeded')
  .meta({ description: 'succeeded: if it fails, the job is cancelled; finished: the job runs however it ended' });

/** What a job waits for: the other alone, or together with what is asked of it. */
function dependencyField<Job extends z.ZodType<string>>(job: Job, what: string) {
  const message = `must be ${what}, or {"job": ${what}, "on": "finished"}`;
  return z
    .union([job, strictObject({ job, on: conditionField })], message)
    .transform((value) => (typeof value === 'string' ? { job: value, on: 'succeeded' as const } : value));
}

function listOf<Item extends z.ZodType<{ readonly job: string }>>(item: Item, most: number) {
  const message = `must be at most ${most} jobs, none of them twice`;
  return z
    .array(item, 'must be an array of jobs')
    .max(most, message)
    .refine((items) => new Set(items.map(({ job }) => job)).size === items.length, message);
}

/** Jobs that there are already, or that come in the same batch. */
export const dependsOnField = listOf(dependencyField(idField, 'the id of a job'), WORKFLOW_LIMITS.dependenciesPerJob)
  .prefault([])
  .meta({ description: 'Jobs that it waits for: it is blocked until all of them are done' });

const JOB_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const JOB_NAME_MESSAGE = `a job's name has 1 to ${WORKFLOW_LIMITS.jobNameLength} letters, digits, dots, dashes and underscores, the first a letter or digit`;

/** What a job is called in its workflow. */
export const jobNameField = z
  .string(JOB_NAME_MESSAGE)
  .max(WORKFLOW_LIMITS.jobNameLength, JOB_NAME_MESSAGE)
  .regex(JOB_NAME, JOB_NAME_MESSAGE);

const nameOrAll = z.string().refine((name) => name === ALL_OTHERS || jobNameField.safeParse(name).success);

/** Jobs of the same workflow. */
export const dependsOnNamesField = listOf(dependencyField(nameOrAll, 'the name of a job'), WORKFLOW_LIMITS.jobs)
  .prefault([])
  .meta({
    description:
      'Jobs of the workflow that it waits for, by name; "*": all that do not come after such a job, also those added later',
  });

import { graphFaults, type WorkflowNode } from '@holdfast/domain';
import type { FieldError } from './field-error.ts';
import type { Submission } from './submission.schema.ts';

/** What is wrong with how the jobs of a batch wait for one another. Jobs that there are already cannot be part of a cycle. */
export function batchFaults(
  submissions: readonly Pick<Submission, 'id' | 'dependsOn'>[],
  pointerOf: (index: number) => string,
): FieldError[] {
  if (submissions.every(({ dependsOn }) => dependsOn.length === 0)) return [];
  const indexes = new Map(submissions.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  const nodes = submissions.flatMap(({ id, dependsOn }): WorkflowNode[] => {
    if (id === undefined) return [];
    const inBatch = dependsOn.filter(({ job }) => indexes.has(job));
    return [{ name: id, dependsOn: inBatch.map(({ job, on }) => ({ name: job, condition: on })) }];
  });
  return graphFaults(nodes).map(({ name, message }) => ({
    pointer: `${pointerOf(indexes.get(name) ?? 0)}/dependsOn`,
    message,
  }));
}

import { graphFaults, orderFaults, type LinedNode } from '@holdfast/domain';
import type { FieldError } from './field-error.ts';
import type { Submission } from './submission.schema.ts';

type Waiting = Pick<Submission, 'id' | 'dependsOn' | 'queue' | 'concurrencyKey' | 'ordered'>;

/** What is wrong with how the jobs of a batch wait for one another. Jobs that there are already cannot be part of a cycle. */
export function batchFaults(submissions: readonly Waiting[], pointerOf: (index: number) => string): FieldError[] {
  if (submissions.every(({ dependsOn }) => dependsOn.length === 0)) return [];
  const indexes = new Map(submissions.map(({ id }, index) => [id ?? pointerOf(index), index]));
  const nodes = submissions.map((each, index): LinedNode => {
    const inBatch = each.dependsOn.filter(({ job }) => indexes.has(job));
    const dependsOn = inBatch.map(({ job, on }) => ({ name: job, condition: on }));
    return { name: each.id ?? pointerOf(index), dependsOn, line: lineOf(each) };
  });
  const faults = graphFaults(nodes);
  return (faults.length > 0 ? faults : orderFaults(nodes)).map(({ name, message }) => ({
    pointer: `${pointerOf(indexes.get(name) ?? 0)}/dependsOn`,
    message,
  }));
}

/** Which jobs of a tenant keep an order among each other; undefined: it keeps none. Names of queues have no space. */
export function lineOf({
  queue,
  concurrencyKey,
  ordered,
}: Pick<Submission, 'queue' | 'concurrencyKey' | 'ordered'>): string | undefined {
  return ordered && concurrencyKey !== undefined ? `${queue} ${concurrencyKey}` : undefined;
}

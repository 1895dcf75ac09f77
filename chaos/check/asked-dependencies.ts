import type { DriverEvent } from '../history/events.ts';
import type { FinalDependency } from './dump-dependencies.ts';

type Wanted = string | { readonly job: string; readonly on: FinalDependency['requirement'] };

interface Body {
  readonly id?: string;
  readonly dependsOn?: readonly Wanted[];
}

/** What a submission asked its jobs to wait for, by their ids. */
export function askedBy({ operation, job }: DriverEvent): FinalDependency[] {
  const body = (job ?? {}) as Body & { readonly jobs?: Readonly<Record<string, Body>> };
  if (operation === 'submit-dependent') return linksOf(body, (id) => [id]);
  if (operation !== 'workflow') return [];
  const ids = new Map(Object.entries(body.jobs ?? {}).map(([name, { id = '' }]) => [name, id]));
  return Object.values(body.jobs ?? {}).flatMap((node) =>
    linksOf(node, (name) => (name === '*' ? [...ids.values()].filter((id) => id !== node.id) : [ids.get(name) ?? ''])),
  );
}

function linksOf({ id = '', dependsOn = [] }: Body, idsOf: (name: string) => readonly string[]): FinalDependency[] {
  return dependsOn.flatMap((wanted) => {
    const { job, on } = typeof wanted === 'string' ? { job: wanted, on: 'succeeded' as const } : wanted;
    return idsOf(job).map((other) => ({ job: id, dependsOn: other, requirement: on }));
  });
}

import type { NewJob } from '../job/job.ts';
import type { JobId } from '../job/scalars.ts';
import type { Dependency, DependencyCondition } from './dependency.ts';
import type { LinedNode } from './order-faults.ts';
import { ALL_OTHERS, graphFaults, withoutStars, type GraphFault, type WorkflowNode } from './workflow-graph.ts';
import { WORKFLOW_LIMITS } from './workflow-limits.ts';
import type { Workflow } from './workflow.ts';

/** A job that a workflow has already. */
export interface KnownNode extends WorkflowNode {
  readonly id: JobId;
}

/** A job that becomes part of a workflow. */
export interface AddedNode extends LinedNode {
  readonly job: NewJob;
}

export interface Addition {
  readonly workflow: Workflow;
  /** It begins with these jobs. */
  readonly isNew: boolean;
  readonly known: readonly KnownNode[];
  readonly added: readonly AddedNode[];
  readonly addedBy?: JobId | undefined;
}

export interface LinkedJobs {
  readonly jobs: readonly NewJob[];
  /** Jobs that wait for all others now wait for the new ones, too. */
  readonly late: readonly (Dependency & { readonly id: JobId })[];
}

/** What keeps jobs from becoming part of a workflow. */
export function additionFaults({ known, added }: Pick<Addition, 'known' | 'added'>): GraphFault[] {
  const names = new Set(known.map(({ name }) => name));
  const taken = added.filter(({ name }) => names.has(name));
  if (taken.length > 0) return taken.map(({ name }) => ({ name, message: 'the workflow has a job of this name' }));
  if (known.length + added.length > WORKFLOW_LIMITS.jobs && added[0]) {
    return [{ name: added[0].name, message: `a workflow has at most ${WORKFLOW_LIMITS.jobs} jobs` }];
  }
  return graphFaults([...known, ...added]);
}

/** The jobs as they are submitted: names become ids, and a star what it stands for. There are no faults. */
export function linkJobsOf({ workflow, isNew, known, added, addedBy }: Addition): LinkedJobs {
  const ids = new Map(
    [...known, ...added.map(({ name, job }) => ({ name, id: job.id }))].map((each) => [each.name, each.id]),
  );
  const graph = new Map(withoutStars([...known, ...added]).map((node) => [node.name, node.dependsOn]));
  const dependenciesOf = (name: string): Dependency[] =>
    (graph.get(name) ?? []).flatMap((each) => {
      const dependsOn = ids.get(each.name);
      return dependsOn === undefined ? [] : [{ dependsOn, condition: each.condition }];
    });
  const jobs = added.map(({ job, ...node }) => {
    const place = { workflow, isNew, name: node.name, awaitsAll: starOf(node), addedBy };
    return { ...job, dependencies: dependenciesOf(node.name), place };
  });
  const fresh = new Set(jobs.map(({ id }) => id));
  const late = known
    .filter((node) => starOf(node) !== undefined)
    .flatMap(({ name, id }) => dependenciesOf(name).map((each) => ({ id, ...each })))
    .filter(({ dependsOn }) => fresh.has(dependsOn));
  return { jobs, late };
}

function starOf({ dependsOn }: WorkflowNode): DependencyCondition | undefined {
  return dependsOn.find(({ name }) => name === ALL_OTHERS)?.condition;
}

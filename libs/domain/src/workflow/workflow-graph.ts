import type { DependencyCondition } from './dependency.ts';
import { findCycle } from './graph-cycle.ts';
import { WORKFLOW_LIMITS } from './workflow-limits.ts';

/** Instead of a name: every job of the workflow that does not itself come after such a job. */
export const ALL_OTHERS = '*';

/** One job of a workflow, and by name what it waits for. */
export interface WorkflowNode {
  readonly name: string;
  readonly dependsOn: readonly NamedDependency[];
}

export interface NamedDependency {
  readonly name: string;
  readonly condition: DependencyCondition;
}

/** What is wrong with a graph, and where: the place of a dependency in its job, or the job itself. */
export interface GraphFault {
  readonly name: string;
  readonly index?: number;
  readonly message: string;
}

/** Every fault that keeps a graph from being run to its end; empty: it is a graph without cycles. */
export function graphFaults(nodes: readonly WorkflowNode[]): GraphFault[] {
  const names = new Set(nodes.map(({ name }) => name));
  const faults = nodes.flatMap((node) => dependencyFaults(node, names));
  if (faults.length > 0) return faults;
  const cycle = findCycle(nodes);
  const message = cycle && `is part of a cycle: ${cycle.join(' → ')}`;
  if (cycle?.[0] !== undefined && message !== undefined) return [{ name: cycle[0], message }];
  const edges = withoutStars(nodes).reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
  const tooMany = `at most ${WORKFLOW_LIMITS.dependencies} dependencies may be named in all; let a job in between wait for many`;
  return edges > WORKFLOW_LIMITS.dependencies && nodes[0] ? [{ name: nodes[0].name, message: tooMany }] : [];
}

function dependencyFaults({ name, dependsOn }: WorkflowNode, names: ReadonlySet<string>): GraphFault[] {
  return dependsOn.flatMap((each, index): GraphFault[] => {
    if (each.name === name) return [{ name, index, message: 'a job cannot wait for itself' }];
    if (dependsOn.findIndex((other) => other.name === each.name) !== index) {
      return [{ name, index, message: `names ${each.name} twice` }];
    }
    if (each.name === ALL_OTHERS || names.has(each.name)) return [];
    return [{ name, index, message: `there is no job ${each.name} in this workflow` }];
  });
}

/** The graph with every star replaced by the jobs that it stands for. */
export function withoutStars(nodes: readonly WorkflowNode[]): WorkflowNode[] {
  const later = afterStars(nodes);
  const others = nodes.filter(({ name }) => !later.has(name)).map(({ name }) => name);
  return nodes.map(({ name, dependsOn }) => {
    const star = dependsOn.find((each) => each.name === ALL_OTHERS);
    if (!star) return { name, dependsOn };
    const named = dependsOn.filter((each) => each !== star);
    const known = new Set(named.map((each) => each.name));
    const rest = others.filter((other) => !known.has(other));
    return { name, dependsOn: [...named, ...rest.map((other) => ({ name: other, condition: star.condition }))] };
  });
}

/** The jobs that wait for all others, and those that come after them. */
function afterStars(nodes: readonly WorkflowNode[]): Set<string> {
  const dependants = Map.groupBy(
    nodes.flatMap(({ name, dependsOn }) => dependsOn.map((each) => ({ name, on: each.name }))),
    ({ on }) => on,
  );
  const later = new Set<string>();
  const found = (dependants.get(ALL_OTHERS) ?? []).map(({ name }) => name);
  for (let name = found.pop(); name !== undefined; name = found.pop()) {
    if (later.has(name)) continue;
    later.add(name);
    found.push(...(dependants.get(name) ?? []).map((each) => each.name));
  }
  return later;
}

import { findCycle } from './graph-cycle.ts';
import { withoutStars, type GraphFault, type WorkflowNode } from './workflow-graph.ts';

/** A job of a graph, and the line in which it keeps its order, if it keeps one. */
export interface LinedNode extends WorkflowNode {
  readonly line?: string | undefined;
}

/**
 * Jobs that would wait for each other for ever: one for the other by a dependency, and that one for it by their order. The graph
 * alone has no faults, and the nodes of a line come in its order.
 */
export function orderFaults(nodes: readonly LinedNode[]): GraphFault[] {
  if (nodes.every(({ line }) => line === undefined)) return [];
  const cycle = findCycle(withOrder(nodes));
  if (cycle?.[0] === undefined) return [];
  const message = `would wait for ever: ${cycle.join(' → ')}, since an ordered job also waits for those before it with its concurrencyKey`;
  return [{ name: cycle[0], message }];
}

/** Each node of a line waits for the one before it, too, and so for all before it. */
function withOrder(nodes: readonly LinedNode[]): WorkflowNode[] {
  const last = new Map<string, string>();
  return withoutStars(nodes).map(({ name, dependsOn }, index) => {
    const line = nodes[index]?.line;
    if (line === undefined) return { name, dependsOn };
    const before = last.get(line);
    last.set(line, name);
    if (before === undefined || [name, ...dependsOn.map((each) => each.name)].includes(before))
      return { name, dependsOn };
    return { name, dependsOn: [...dependsOn, { name: before, condition: 'finished' as const }] };
  });
}

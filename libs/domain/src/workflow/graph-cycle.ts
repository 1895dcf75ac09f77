interface Node {
  readonly name: string;
  readonly dependsOn: readonly { readonly name: string }[];
}

/** Takes away what waits for nothing until nothing is left. @returns the names of a cycle, the first one at both ends */
export function findCycle(nodes: readonly Node[]): string[] | undefined {
  const waiting = new Map(nodes.map(({ name, dependsOn }) => [name, dependsOn.map((each) => each.name)]));
  const free = nodes.filter(({ dependsOn }) => !dependsOn.some((each) => waiting.has(each.name)));
  const dependants = Map.groupBy(
    nodes.flatMap(({ name, dependsOn }) => dependsOn.map((each) => ({ name, on: each.name }))),
    ({ on }) => on,
  );
  const open = new Map(nodes.map(({ name, dependsOn }) => [name, dependsOn.filter((d) => waiting.has(d.name)).length]));
  for (let node = free.pop()?.name; node !== undefined; node = free.pop()?.name) {
    waiting.delete(node);
    for (const { name } of dependants.get(node) ?? []) {
      const left = (open.get(name) ?? 0) - 1;
      open.set(name, left);
      if (left === 0) free.push({ name, dependsOn: [] });
    }
  }
  return waiting.size === 0 ? undefined : walkCycle(waiting);
}

/** Whoever is left waits for another that is left: following that leads into a cycle. */
function walkCycle(waiting: ReadonlyMap<string, readonly string[]>): string[] {
  const path: string[] = [];
  let name = [...waiting.keys()][0] ?? '';
  while (!path.includes(name)) {
    path.push(name);
    name = waiting.get(name)?.find((each) => waiting.has(each)) ?? '';
  }
  return [...path.slice(path.indexOf(name)), name];
}

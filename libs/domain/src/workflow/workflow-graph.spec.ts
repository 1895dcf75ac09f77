import { describe, expect, it } from '@jest/globals';
import { ALL_OTHERS, graphFaults, withoutStars, type WorkflowNode } from './workflow-graph.ts';
import { WORKFLOW_LIMITS } from './workflow-limits.ts';

const node = (name: string, ...dependsOn: string[]): WorkflowNode => ({
  name,
  dependsOn: dependsOn.map((each) => ({ name: each, condition: 'succeeded' as const })),
});

describe('the check of a graph', () => {
  it('finds nothing wrong with a diamond, a chain and a lone job', () => {
    expect(graphFaults([node('d', 'b', 'c'), node('b', 'a'), node('c', 'a'), node('a'), node('lone')])).toEqual([]);
  });

  it.each<[string, WorkflowNode[], string]>([
    ['itself', [node('a', 'a')], 'a job cannot wait for itself'],
    ['what is not there', [node('a', 'b')], 'there is no job b in this workflow'],
    ['the same job twice', [node('a'), node('b', 'a', 'a')], 'names a twice'],
    ['each other', [node('a', 'b'), node('b', 'a')], 'is part of a cycle: a → b → a'],
    [
      'each other, with others before and after them',
      [node('start'), node('a', 'start', 'c'), node('b', 'a'), node('c', 'b'), node('end', 'c')],
      'is part of a cycle: a → c → b → a',
    ],
  ])('refuses jobs that wait for %s', (_, nodes, message) => {
    expect(graphFaults(nodes).map((fault) => fault.message)).toEqual([message]);
  });

  it('walks a chain of the longest length without running out of stack', () => {
    const chain = Array.from({ length: WORKFLOW_LIMITS.jobs }, (_, n) =>
      node(`j${n}`, ...(n > 0 ? [`j${n - 1}`] : [])),
    );
    expect(graphFaults(chain)).toEqual([]);
    expect(graphFaults([...chain.slice(1), node('j0', `j${WORKFLOW_LIMITS.jobs - 1}`)])).toHaveLength(1);
  });

  it('bounds how many dependencies there are, a star counted for what it stands for', () => {
    const stars = Array.from({ length: 30 }, (_, n) => node(`end${n}`, ALL_OTHERS));
    const jobs = Array.from({ length: 700 }, (_, n) => node(`j${n}`));
    expect(graphFaults([...jobs, ...stars.slice(0, 20)])).toEqual([]);
    expect(graphFaults([...jobs, ...stars])).toHaveLength(1);
  });
});

describe('a star', () => {
  it('stands for every job that does not come after a star, beside those that are named', () => {
    const nodes = [
      node('a'),
      node('b', 'a'),
      node('end', ALL_OTHERS, 'a'),
      node('after', 'end'),
      node('end2', ALL_OTHERS),
    ];
    const names = (name: string) =>
      withoutStars(nodes)
        .find((each) => each.name === name)
        ?.dependsOn.map((each) => each.name);
    expect(names('end')).toEqual(['a', 'b']);
    expect(names('end2')).toEqual(['a', 'b']);
    expect(names('after')).toEqual(['end']);
    expect(graphFaults(nodes)).toEqual([]);
  });

  it('keeps its condition for all of them', () => {
    const end = { name: 'end', dependsOn: [{ name: ALL_OTHERS, condition: 'finished' as const }] };
    expect(withoutStars([node('a'), end])[1]?.dependsOn).toEqual([{ name: 'a', condition: 'finished' }]);
  });
});

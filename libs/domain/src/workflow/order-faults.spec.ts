import { describe, expect, it } from '@jest/globals';
import { orderFaults, type LinedNode } from './order-faults.ts';
import { ALL_OTHERS } from './workflow-graph.ts';

const node = (name: string, line?: string, ...dependsOn: string[]): LinedNode => ({
  name,
  line,
  dependsOn: dependsOn.map((each) => ({ name: each, condition: 'finished' as const })),
});
const free = (name: string, ...dependsOn: string[]): LinedNode => node(name, undefined, ...dependsOn);

describe('the check of orders in a graph', () => {
  it.each<[string, LinedNode[]]>([
    ['that waits for none', [node('a', 'k'), node('b', 'k')]],
    ['that waits for an earlier one of its key', [node('a', 'k'), node('b', 'k', 'a')]],
    ['that waits for an earlier one by way of others', [node('a', 'k'), free('x', 'a'), node('b', 'k', 'x')]],
    ['that waits for one with another key', [node('a', 'k', 'b'), node('b', 'other')]],
    ['that waits for one with its key that keeps no order', [node('a', 'k', 'b'), free('b')]],
    ['that comes after all others, last', [node('a', 'k'), node('b', 'k'), node('end', 'k', ALL_OTHERS)]],
  ])('finds nothing wrong with an ordered job %s', (_, nodes) => {
    expect(orderFaults(nodes)).toEqual([]);
  });

  it.each<[string, LinedNode[], string]>([
    ['a later one of its key', [node('a', 'k', 'b'), node('b', 'k')], 'a → b → a'],
    ['a later one by way of others', [node('a', 'k', 'x'), free('x', 'b'), node('b', 'k')], 'a → x → b → a'],
    ['one much later', [node('a', 'k', 'c'), node('b', 'k'), node('c', 'k')], 'a → c → b → a'],
    ['all others, and is not the last', [node('end', 'k', ALL_OTHERS), node('a', 'k')], 'end → a → end'],
    [
      'one that waits behind another, across keys',
      [node('a1', 'a', 'b2'), node('b1', 'b', 'a2'), node('a2', 'a'), node('b2', 'b')],
      'a1 → b2 → b1 → a2 → a1',
    ],
  ])('refuses an ordered job that waits for %s', (_, nodes, cycle) => {
    const message = `would wait for ever: ${cycle}, since an ordered job also waits for those before it with its concurrencyKey`;
    expect(orderFaults(nodes)).toEqual([{ name: cycle.split(' ')[0], message }]);
  });
});

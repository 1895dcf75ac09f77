import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../servers/paths.ts';
import { ALERT_TRIALS } from './alert-trials.ts';
import { readPanels, readRules } from './rules.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
/** Which an end-to-end test compares with what the programs show. */
const METRICS = new Set([...read('docs/metrics.md').matchAll(/^\| `(holdfast_\w+)` \|/gm)].map(([, name]) => name));

function unknownIn(expression: string): string[] {
  const names = expression.match(/\bholdfast_\w+/g) ?? [];
  return names.filter((name) => !METRICS.has(name) && !METRICS.has(name.replace(/_(bucket|sum|count)$/, '')));
}

describe('every alert', () => {
  const rules = readRules();

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for metrics that there are', (_, { expr }) => {
    expect(unknownIn(expr)).toEqual([]);
  });

  it('has a trial in which it alone fires, which `npm run monitoring` runs', () => {
    const tried = ALERT_TRIALS.filter(({ fires }) => fires.length === 1).flatMap(({ fires }) => fires);
    expect(new Set(tried)).toEqual(new Set(rules.map(({ alert }) => alert)));
  });

  it('has a runbook in docs/operations.md, and no other has', () => {
    const headings = [...read('docs/operations.md').matchAll(/^### (Holdfast\w+)$/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual(rules.map(({ alert }) => alert).sort());
    for (const { alert, annotations } of rules) {
      expect(annotations['runbook']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    }
  });
});

describe('the dashboard', () => {
  it.each(readPanels().map((panel) => [panel.title, panel] as const))(
    'asks for metrics that there are: %s',
    (_, { targets }) => {
      expect(targets.length).toBeGreaterThan(0);
      expect(targets.flatMap(({ expr }) => unknownIn(expr))).toEqual([]);
    },
  );
});

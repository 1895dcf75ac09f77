import { median } from './statistics.ts';
import type { Goal, Measure, Scenario } from './scenario.ts';

export interface Result {
  readonly scenario: Scenario;
  /** By contender, then measure: one value for each round. */
  readonly samples: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;
}

export interface Verdict extends Goal {
  readonly value: number;
  readonly reached: boolean;
}

/** Medians by contender; behind each, how many times the first contender is ahead of it. */
export function tableOf(result: Result): string {
  const { scenario } = result;
  const head = ['', ...scenario.measures.map(({ name, unit }) => `${name}, ${unit}`)];
  const rows = scenario.contenders.map(({ name }, index) => [
    name,
    ...scenario.measures.map((measure) => cell(result, measure, name, index > 0)),
  ]);
  const lines = aligned([head, ...rows]);
  const setUps = scenario.contenders.map(({ name, setUp }) => `${name}: ${setUp}.`);
  const verdicts = verdictsOf(result).map(sentenceOf);
  const title = `(${scenario.letter}) ${scenario.title}`;
  return ['', title, '', ...lines, '', ...verdicts, ...setUps, ...scenario.notes].map((line) => `  ${line}`).join('\n');
}

export function verdictsOf(result: Result): Verdict[] {
  return result.scenario.goals.map((goal) => {
    const measure = result.scenario.measures.find(({ name }) => name === goal.measure);
    const own = medianOf(result, goal.contender, goal.measure);
    if (measure === undefined || goal.against === undefined) {
      return { ...goal, value: own, reached: measure?.better === 'less' ? own <= goal.reach : own >= goal.reach };
    }
    const value = ahead(own, medianOf(result, goal.against, goal.measure), measure);
    return { ...goal, value, reached: value >= goal.reach };
  });
}

export function medianOf({ samples }: Result, contender: string, measure: string): number {
  return median(samples.get(contender)?.get(measure) ?? []);
}

function sentenceOf({ contender, measure, against, reach, value, reached }: Verdict): string {
  const mark = reached ? '✓' : '✗';
  const what = `${contender}, ${measure}`;
  if (against === undefined) return `${mark} ${what}: ${figure(value)}, to reach ${figure(reach)}`;
  return `${mark} ${what}: ${value.toFixed(2)} × ${against}, to reach ${reach.toFixed(1)} ×`;
}

function cell(result: Result, measure: Measure, contender: string, compare: boolean): string {
  const value = medianOf(result, contender, measure.name);
  if (Number.isNaN(value)) return '-';
  const first = medianOf(result, result.scenario.contenders[0]?.name ?? '', measure.name);
  const ratio = ahead(first, value, measure);
  return compare && Number.isFinite(ratio) ? `${figure(value)}  (${ratio.toFixed(2)} ×)` : `${figure(value)}          `;
}

/** Above 1: `own` is better. */
function ahead(own: number, other: number, { better }: Measure): number {
  return better === 'more' ? own / other : other / own;
}

function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('   '),
  );
}

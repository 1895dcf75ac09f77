import { isSlow, type Figures } from './measure.ts';
import type { Plan } from './plans.ts';
import type { Read } from './reads.ts';

/** As Markdown, the slowest first. */
export function tableOfReads(figures: readonly Figures[], plans: ReadonlyMap<Read, Plan>): string {
  const sorted = [...figures].sort((a, b) => b.p99Ms - a.p99Ms);
  return [
    '| read | items | p50 ms | p99 ms | worst ms | statements | looks at | by |',
    '|---|---|---|---|---|---|---|---|',
    ...sorted.map((each) => rowOf(each, plans.get(each.read))),
  ].join('\n');
}

function rowOf(figures: Figures, plan: Plan | undefined): string {
  const { read, p50Ms, p99Ms, worstMs, items } = figures;
  const p99 = isSlow(figures) ? `**${p99Ms.toFixed(1)}**` : p99Ms.toFixed(1);
  const cells = [`\`${read.name}\``, items ?? '', p50Ms.toFixed(1), p99, worstMs.toFixed(1)];
  return `| ${[...cells, plan?.statements ?? '', plan?.looked ?? '', plan?.steps.join(', ') ?? ''].join(' | ')} |`;
}

import { spawnSync } from 'node:child_process';
import type { Verdict } from './check/check.ts';
import type { History } from './check/history.ts';
import { sliceOf } from './check/slice.ts';

export interface Summary {
  readonly seed: number;
  readonly minutes: number;
  readonly commit: string;
  readonly bug: string | undefined;
  readonly servers: string;
  readonly passed: boolean;
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly jobs: Readonly<Record<string, number>>;
  readonly executions: number;
  readonly faults: Readonly<Record<string, string>>;
  readonly skipped: readonly string[];
  readonly broken: readonly { readonly id: string; readonly title: string; readonly says: readonly string[] }[];
}

const SHOWN = 5;

export function summarise(
  history: History,
  verdicts: readonly Verdict[],
  { seed, minutes, bug, servers }: Pick<Summary, 'seed' | 'minutes' | 'bug' | 'servers'>,
): Summary {
  const broken = verdicts.filter(({ violations }) => violations.length > 0);
  return {
    seed,
    minutes,
    bug,
    servers,
    commit: commitOf(import.meta.dirname),
    passed: broken.length === 0,
    operations: countOperations(history),
    jobs: countOf([...history.jobs.values()].map(({ state }) => state)),
    executions: [...history.ledger.values()].flat().filter(({ kind }) => kind === 'start').length,
    faults: proofs(history),
    skipped: history.observations.skipped,
    broken: broken.map(({ id, title, violations }) => ({
      id,
      title,
      says: violations.map(({ job, says }) => (job === undefined ? says : `${job}: ${says}`)),
    })),
  };
}

/** For a person: what was done, what held, and of each broken invariant the smallest slice of the logs. */
export function tell(summary: Summary, history: History, verdicts: readonly Verdict[]): string {
  const lines = [
    '',
    `seed ${summary.seed}, ${summary.minutes} min of faults, commit ${summary.commit}, ${summary.servers}`,
    `jobs        ${Object.entries(summary.jobs)
      .map(([state, n]) => `${n} ${state}`)
      .join(', ')}; ${summary.executions} executions`,
    ...Object.entries(summary.operations).map(
      ([name, { ok = 0, fail = 0, info = 0 }]) => `calls       ${name}: ${ok} ok, ${fail} refused, ${info} unknown`,
    ),
    ...Object.entries(summary.faults).map(([name, proof]) => `fault       ${name}: ${proof}`),
    ...summary.skipped.map((text) => `not done    ${text}`),
    ...verdicts.flatMap((verdict) => explain(verdict, history)),
  ];
  return lines.join('\n');
}

function explain({ id, title, violations }: Verdict, history: History): string[] {
  if (violations.length === 0) return [`held        ${id} ${title}`];
  const shown = violations.slice(0, SHOWN);
  const [first] = violations.filter(({ job }) => job !== undefined);
  return [
    `BROKEN      ${id} ${title}: ${violations.length} times`,
    ...shown.map(({ job, says }) => `            ${job === undefined ? '' : `${job}: `}${says}`),
    ...(first?.job === undefined ? [] : sliceOf(history, first.job).map((line) => `              ${line}`)),
  ];
}

function countOperations({ driver }: History): Summary['operations'] {
  const names = [...new Set(driver.map(({ operation }) => operation))].sort();
  return Object.fromEntries(
    names.map((name) => [name, countOf(driver.flatMap(({ operation, phase }) => (operation === name ? [phase] : [])))]),
  );
}

/** The first proof of each kind of fault. */
function proofs({ nemesis }: History): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { fault, phase, proof, error } of nemesis) {
    if (phase === 'end' && (found[fault] === undefined || proof !== undefined))
      found[fault] = proof ?? error ?? 'no proof';
  }
  return found;
}

function countOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

export function commitOf(folder: string): string {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', cwd: folder });
  return stdout.trim() || 'unknown';
}

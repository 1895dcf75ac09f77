import { FINISHED_STATES, type JobState } from '@holdfast/domain';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

/** A unique key belongs to one job that has not finished. */
export const UNIQUE_KEYS: readonly Invariant[] = [
  { id: 'I27', title: 'of the jobs with a unique key one at a time has not finished', check },
];

/** One generation of a job, from when it began until it ended, by MySQL's clock. */
interface Span {
  readonly job: string;
  readonly from: number;
  readonly until: number;
}

function* check(history: History): Iterable<Violation> {
  const byKey = jobsByKey(history);
  for (const [key, jobs] of byKey) {
    const spans = [...jobs].flatMap((job) => spansOf(history, job)).sort((a, b) => a.from - b.from);
    for (const [n, span] of spans.entries()) {
      const other = spans.slice(0, n).find(({ job, until }) => job !== span.job && until > span.from);
      if (other) yield { job: span.job, says: `began while ${other.job} held ${key}` };
    }
  }
  for (const { operation, phase, jobs, unique, tenant } of history.driver) {
    const [id = ''] = jobs;
    const isOurs = byKey.get(`${tenant} ${unique ?? ''}`)?.has(id);
    if (operation === 'submit-unique' && phase === 'ok' && !isOurs)
      yield { job: id, says: `answered for the key ${unique ?? ''}, which it never asked for` };
  }
}

function jobsByKey({ driver }: History): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { operation, phase, tenant, unique, jobs } of driver) {
    if (operation !== 'submit-unique' || phase !== 'invoke') continue;
    const key = `${tenant} ${unique ?? ''}`;
    for (const id of jobs) found.set(key, (found.get(key) ?? new Set()).add(id));
  }
  return found;
}

function spansOf({ transitions }: History, job: string): Span[] {
  const spans: Span[] = [];
  let from: number | undefined;
  for (const { at, event, to } of transitions.get(job) ?? []) {
    if (event === 'submit' || event === 'retry') from = at;
    if (!isFinished(to) || from === undefined) continue;
    spans.push({ job, from, until: at });
    from = undefined;
  }
  return from === undefined ? spans : [...spans, { job, from, until: Infinity }];
}

function isFinished(state: JobState): boolean {
  return (FINISHED_STATES as readonly JobState[]).includes(state);
}

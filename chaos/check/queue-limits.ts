import { LIMITED, TENANTS } from '../driver/workload.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';
import { runsOf, type Run } from './runs.ts';

/** What a tenant has said of a queue holds, by MySQL's clock, whoever else knows of it. */
export const QUEUE_LIMITS: readonly Invariant[] = [
  { id: 'I18', title: 'of a limited queue no more jobs run at a time than may', check: atOnce },
  { id: 'I18', title: 'of a limited queue no more jobs start in a span of time than may', check: inTime },
];

/**
 * Of those that a claim takes together the time is written down after the rate was asked, and nobody else asks in
 * between: seen from outside so many more may start in a span of time.
 */
const TAKEN_TOGETHER = LIMITED.concurrency;

/** How many of each tenant's jobs ran at once at most. */
export function mostAtOnce(history: History): number {
  return Math.max(0, ...TENANTS.flatMap((tenant) => countAtOnce(runsIn(history, tenant)).map(({ n }) => n)));
}

function* atOnce(history: History): Iterable<Violation> {
  for (const tenant of TENANTS) {
    for (const { job, n } of countAtOnce(runsIn(history, tenant)))
      if (n > LIMITED.concurrency) yield { job, says: `claimed as one of ${n} of ${tenant} that ran at once` };
  }
}

function* inTime(history: History): Iterable<Violation> {
  const perMs = LIMITED.rate.limit / 1_000;
  const most = LIMITED.rate.burst + TAKEN_TOGETHER;
  for (const tenant of TENANTS) {
    let [level, last] = [0, 0];
    for (const { job, from } of runsIn(history, tenant)) {
      level = Math.max(0, level - (from - last) * perMs) + 1;
      last = from;
      if (level > most + 0.01) yield { job, says: `claimed though ${tenant} had started as many as its rate allows` };
    }
  }
}

function countAtOnce(runs: readonly Run[]): { job: string; n: number }[] {
  let running: readonly Run[] = [];
  return runs.map((run) => {
    running = [...running.filter(({ until }) => until > run.from), run];
    return { job: run.job, n: running.length };
  });
}

/** In the order in which they began. */
function runsIn({ jobs, transitions }: History, tenant: string): Run[] {
  const own = [...jobs.values()].filter((job) => job.tenant === tenant && job.queue === LIMITED.queue);
  return own.flatMap(({ id }) => runsOf(transitions.get(id) ?? [])).sort((a, b) => a.from - b.from);
}

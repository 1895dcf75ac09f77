import type { FinalJob } from './dump.ts';
import type { History } from './history.ts';
import { indexAgainstRows } from './index-at-rest.ts';
import type { Invariant, Violation } from './invariant.ts';

/** How everything is when the faults are over and the work is done. */
export const AT_REST: readonly Invariant[] = [
  { id: 'I22', title: 'Redis hints at nothing that is not to run', check: indexAgainstRows },
  { id: 'I23', title: 'the books and the statistics agree with the rows', check: booksAgainstRows },
  { id: 'I25', title: 'everything is finished, and everybody well', check: liveness },
];

function* booksAgainstRows({ books, jobs, driver, observations }: History): Iterable<Violation> {
  const insertedBySql = new Set(driver.flatMap((event) => (event.operation === 'insert-by-sql' ? event.jobs : [])));
  for (const [tenant, statistics] of Object.entries(observations.statistics)) {
    const rows = countStates([...jobs.values()].filter((job) => job.tenant === tenant));
    const booked = new Map<string, number>();
    // Nobody can book what plain SQL inserts.
    for (const { id, tenant: of } of jobs.values())
      if (insertedBySql.has(id) && of === tenant) add(booked, 'pending', 1);
    for (const entry of books.filter((each) => each.tenant === tenant)) {
      if (entry.to !== '') add(booked, entry.to, entry.n);
      if (entry.from !== '') add(booked, entry.from, -entry.n);
    }
    for (const state of new Set([...rows.keys(), ...booked.keys()])) {
      const [n, counted] = [rows.get(state) ?? 0, booked.get(state) ?? 0];
      if (n !== counted) yield { says: `${tenant} has ${n} jobs that are ${state}, and ${counted} by the books` };
    }
    for (const state of ['blocked', 'succeeded', 'dead', 'cancelled', 'expired', 'running']) {
      const [n, said] = [rows.get(state) ?? 0, statistics[state] ?? 0];
      if (n !== said) yield { says: `${tenant} has ${n} jobs that are ${state}, and ${said} by GET /v1/stats` };
    }
  }
}

function* liveness({ observations: { unfinished, unwell } }: History): Iterable<Violation> {
  for (const job of unfinished) yield { job, says: 'due, and not finished in time after the faults were over' };
  for (const says of unwell) yield { says };
}

function countStates(jobs: readonly FinalJob[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of jobs) add(counts, state, 1);
  return counts;
}

function add(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}

import path from 'node:path';
import type { Database } from '@holdfast/persistence';
import type { DriverEvent, LedgerEvent, NemesisEvent, Stamped } from '../history/events.ts';
import { readEvents } from '../history/event-log.ts';
import { dumpAll, dumpJobs, dumpTransitions, type Dump, type FinalJob, type Transition } from './dump.ts';

/** What MySQL knows of the jobs and of how they came to be as they are. */
export interface Lives {
  readonly jobs: ReadonlyMap<string, FinalJob>;
  /** By job, in the order of the journal. */
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
}

/** Everything that is known of a run after it: the four logs and what the servers hold in the end. */
export interface History extends Lives, Omit<Dump, keyof Lives> {
  readonly driver: readonly Stamped<DriverEvent>[];
  readonly nemesis: readonly Stamped<NemesisEvent>[];
  /** By job, in order. */
  readonly ledger: ReadonlyMap<string, readonly Stamped<LedgerEvent>[]>;
  /** Adds up to CLOCK_MONOTONIC to give MySQL's time, in milliseconds: both on this machine. */
  readonly monotonicToStore: number;
  /** What else the run noticed while its programs were alive. */
  readonly observations: Observations;
}

export interface Observations {
  /** Jobs that were due and not finished when the wait for them ended. */
  readonly unfinished: readonly string[];
  /** Programs that did not answer, or did not end well. */
  readonly unwell: readonly string[];
  /** What GET /v1/stats said at rest, by tenant. */
  readonly statistics: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly skipped: readonly string[];
  /** Names of the faults that were to be injected. */
  readonly faults: readonly string[];
}

export async function readHistory(
  directory: string,
  database: Database,
  redisUrls: readonly string[],
  observations: Observations,
): Promise<History> {
  const { jobs, transitions, ...rest } = await dumpAll(database, redisUrls);
  return {
    ...rest,
    ...livesOf(jobs, transitions),
    observations,
    driver: readEvents<DriverEvent>(path.join(directory, 'driver')),
    nemesis: readEvents<NemesisEvent>(path.join(directory, 'nemesis')),
    ledger: grouped(readEvents<LedgerEvent>(path.join(directory, 'ledger')), ({ job }) => job),
    monotonicToStore: Date.now() - Number(process.hrtime.bigint()) / 1e6,
  };
}

export async function readLives(database: Database): Promise<Lives> {
  return livesOf(await dumpJobs(database), await dumpTransitions(database));
}

function livesOf(jobs: readonly FinalJob[], transitions: readonly Transition[]): Lives {
  return { jobs: new Map(jobs.map((job) => [job.id, job])), transitions: grouped(transitions, ({ job }) => job) };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

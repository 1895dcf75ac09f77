import type { FactoryProvider, Type } from '@nestjs/common';
import type { Histogram, Observations } from './histogram.ts';
import { Metrics } from './metrics.ts';
import { RedisOutages, type WatchedRedis } from './redis-outages.ts';

/** What a database tells of itself. */
export interface WatchedDatabase {
  readonly use: { readonly limit: number; readonly inUse: number; readonly waiting: number };
  observe(observer: {
    answered(statement: string, milliseconds: number): void;
    committed(transitions: readonly { readonly event: string; readonly jobs: number }[]): void;
    retried(code: string): void;
  }): void;
}

export interface WatchedServers {
  readonly database: WatchedDatabase;
  readonly redis: WatchedRedis;
  /** MySQL's, as this program knows it. */
  readonly clock: { now(): number };
}

/** Statements are constants; that there are more of them than this does not happen. */
const MOST_STATEMENTS = 1_000;

/** For a program's module: measures what the program asks of MySQL and Redis. */
export function serverMetrics(
  Database: Type<WatchedServers['database']>,
  Redis: Type<WatchedServers['redis']>,
  Clock: Type<WatchedServers['clock']>,
): FactoryProvider {
  return {
    provide: Symbol('the metrics of MySQL and Redis'),
    inject: [Metrics, Database, Redis, Clock],
    useFactory: (metrics: Metrics, ...[database, redis, clock]: Servers) => {
      watchServers(metrics, { database, redis, clock });
      return true; // Nest wants something
    },
  };
}

type Servers = [WatchedServers['database'], WatchedServers['redis'], WatchedServers['clock']];

function watchServers(metrics: Metrics, { database, redis, clock }: WatchedServers): void {
  watchConnections(metrics, database);
  const statements = new StatementTimes(metrics);
  const transitions = metrics.counter(
    'holdfast_transitions_total',
    'Transitions of jobs that this program committed, by event',
    'event',
  );
  const batches = metrics.histogram(
    'holdfast_transition_batch_jobs',
    'Jobs that made a transition together, in one statement, by event',
    [1, 5, 25, 100, 250, 500, 1_000],
    'event',
  );
  const retries = metrics.counter(
    'holdfast_database_retries_total',
    'Errors of MySQL after which something was tried again, by code',
    'code',
  );
  database.observe({
    answered: (statement, milliseconds) => statements.observe(statement, milliseconds),
    committed: (booked) => {
      for (const { event, jobs } of booked) {
        transitions.inc({ event }, jobs);
        batches.of(event).observe(jobs);
      }
    },
    retried: (code) => retries.inc({ code }),
  });
  new RedisOutages(redis).show(metrics);
  metrics.gauge('holdfast_clock_skew_seconds', "How far this machine's clock is ahead of MySQL's", [], () => [
    { value: (Date.now() - clock.now()) / 1_000 },
  ]);
}

function watchConnections(metrics: Metrics, database: WatchedDatabase): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge(`holdfast_database_connections_${name}`, help, [], () => [{ value: read() }]);
  gauge('limit', 'Connections to MySQL that this program may have', () => database.use.limit);
  gauge('in_use', 'Connections to MySQL in use', () => database.use.inUse);
  gauge('waiting', 'Callers that wait for a connection to MySQL', () => database.use.waiting);
}

/** How long statements take, by what they do and to which table: `UPDATE jobs`. */
class StatementTimes {
  private readonly times: Histogram;
  private readonly bySql = new Map<string, Observations>();

  constructor(metrics: Metrics) {
    this.times = metrics.histogram(
      'holdfast_database_statement_seconds',
      'How long MySQL took to answer, by statement',
      [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
      'statement',
    );
  }

  observe(sql: string, milliseconds: number): void {
    let observations = this.bySql.get(sql);
    if (!observations) {
      observations = this.times.of(nameOf(sql));
      if (this.bySql.size < MOST_STATEMENTS) this.bySql.set(sql, observations);
    }
    observations.observe(milliseconds / 1_000);
  }
}

const VERB = /^[\s(]*([a-z]+)/i;
const TABLE = /\b(?:FROM|INTO|UPDATE|JOIN)\s+`?([a-z_]+)`?/i;

function nameOf(sql: string): string {
  const verb = VERB.exec(sql)?.[1]?.toUpperCase() ?? 'other';
  const table = TABLE.exec(sql)?.[1];
  return table === undefined ? verb : `${verb} ${table}`;
}

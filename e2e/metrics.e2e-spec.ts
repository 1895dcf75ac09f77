import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './harness/cluster.ts';
import type { ProgramName } from './harness/program.ts';
import { familiesOf, scrape, sumOf, type Sample } from './harness/scrape.ts';
import { until } from './harness/until.ts';

const PROGRAMS: readonly ProgramName[] = ['api', 'scheduler', 'worker'];
const DOCUMENT = readFileSync(path.resolve(import.meta.dirname, '../docs/metrics.md'), 'utf8');

describe('the metrics, after ten jobs', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ settings: { LOG_LEVEL: 'info' } });
    const { client } = cluster;
    const ids = await client.submitBatch([
      ...Array.from({ length: 7 }, () => ({ type: 'echo', queue: 'mail' })),
      { type: 'flaky', payload: { failures: 1 }, backoff: { strategy: 'fixed', delay: '10ms' } },
      { type: 'fail', maxAttempts: 1 },
    ]);
    await client.submit({ type: 'echo', queue: 'mail', delay: '1h' });
    for (const id of ids) await client.untilFinished(id);
  });

  afterAll(() => cluster.stop());

  const read = async (name: ProgramName): Promise<Sample[]> => {
    const [program] = cluster.running(name);
    return scrape(program?.url ?? '');
  };

  it('tell what the api accepted, and how it answered', async () => {
    const samples = await read('api');
    expect(sumOf(samples, 'holdfast_transitions_total', { event: 'submit' })).toBe(10);
    expect(sumOf(samples, 'holdfast_transition_batch_jobs_count', { event: 'submit' })).toBe(2);
    expect(sumOf(samples, 'holdfast_http_answers_total', { status: '201' })).toBe(2);
    expect(sumOf(samples, 'holdfast_http_request_seconds_count', { route: 'POST /v1/jobs/batch' })).toBe(1);
    expect(sumOf(samples, 'holdfast_submissions_waiting_jobs')).toBe(0);
  });

  it('tell what the worker claimed and how it ended, how long jobs waited and ran, and that its lease holds', async () => {
    const events = { claim: 10, succeed: 8, fail: 1, exhaust: 1 };
    let samples: Sample[] = [];
    const counted = (event: string): number => sumOf(samples, 'holdfast_transitions_total', { event }) ?? 0;
    const settled = async (): Promise<boolean> => {
      samples = await read('worker');
      return counted('succeed') + counted('fail') + counted('exhaust') >= 10; // told after the commit
    };
    await until('the last is counted', settled, 10_000);
    for (const [event, n] of Object.entries(events)) expect({ event, n: counted(event) }).toEqual({ event, n });
    expect(sumOf(samples, 'holdfast_job_wait_seconds_count')).toBe(10);
    expect(sumOf(samples, 'holdfast_job_run_seconds_count', { type: 'echo' })).toBe(7);
    expect(sumOf(samples, 'holdfast_worker_slots')).toBe(50);
    expect(sumOf(samples, 'holdfast_worker_running_jobs')).toBe(0);
    expect(sumOf(samples, 'holdfast_lease_margin_seconds')).toBeGreaterThan(0);
    expect(sumOf(samples, 'holdfast_leases_lost_total')).toBe(0);
  });

  it('tell by a scheduler how every queue stands, and the mode', async () => {
    const counted = async (): Promise<boolean> =>
      sumOf(await read('scheduler'), 'holdfast_queue_events_total', { queue: 'mail', event: 'succeed' }) === 7;
    await until('the figures are fresh', counted, 30_000);
    const samples = await read('scheduler');
    const jobs = (queue: string, state: string) => sumOf(samples, 'holdfast_queue_jobs', { queue, state });
    expect([jobs('mail', 'scheduled'), jobs('mail', 'ready'), jobs('default', 'dead')]).toEqual([1, 0, 1]);
    expect(sumOf(samples, 'holdfast_queue_oldest_ready_age_seconds', { queue: 'mail' })).toBe(0);
    expect(sumOf(samples, 'holdfast_mode', { mode: 'normal' })).toBe(1);
    expect(sumOf(samples, 'holdfast_mode')).toBe(1);
    expect(sumOf(samples, 'holdfast_pass_seconds_count', { pass: 'reap-lost-workers' })).toBeGreaterThan(0);
    expect(sumOf(samples, 'holdfast_index_drift_jobs_total')).toBeDefined(); // 0 on a machine that is quick enough
  });

  it.each(PROGRAMS)('tell of MySQL, Redis and the process of the %s', async (name) => {
    const samples = await read(name);
    expect(sumOf(samples, 'holdfast_database_statement_seconds_count')).toBeGreaterThan(0);
    expect(sumOf(samples, 'holdfast_database_connections_limit')).toBe(10);
    expect(sumOf(samples, 'holdfast_redis_away')).toBe(0);
    expect(Math.abs(sumOf(samples, 'holdfast_clock_skew_seconds') ?? NaN)).toBeLessThan(60);
    expect(sumOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(10e6);
  });

  it.each(PROGRAMS)('of the %s are all in docs/metrics.md, and nothing else is', async (name) => {
    const [program] = cluster.running(name);
    const shown = (await familiesOf(program?.url ?? '')).filter((family) => family.startsWith('holdfast_'));
    const rows = [...DOCUMENT.matchAll(/^\| `(holdfast_\w+)` \| ([\w, ]+) \|/gm)];
    const described = rows.filter(([, , programs = '']) => programs === 'all' || programs.split(', ').includes(name));
    expect(shown.sort()).toEqual(described.map(([, family = '']) => family).sort());
  });
});

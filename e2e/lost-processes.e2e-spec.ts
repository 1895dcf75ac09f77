import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Redis } from 'ioredis';
import type { JobView } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import type { Program } from './harness/program.ts';
import { until } from './harness/until.ts';

/** Of those that are frozen for some of them. */
const LEASE_MS = 3_000;

interface CountRow extends Row {
  n: number;
}

describe('lost processes', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  const count = async (condition: string, ...values: unknown[]): Promise<number> =>
    (await cluster.database.rows<CountRow>(`SELECT COUNT(*) AS n FROM jobs WHERE ${condition}`, values))[0]?.n ?? -1;

  it('cost no job: two of three workers and a scheduler killed, Redis wiped, and only what they held starts twice', async () => {
    cluster = await Cluster.start({ workers: 3, schedulers: 2, ownRedis: true, settings: { LOG_LEVEL: 'info' } });
    for (let call = 0; call < 5; call++) {
      await cluster.client.submitBatch(
        Array.from({ length: 1_000 }, () => ({ type: 'sleep', payload: { duration: '200ms' } })),
      );
    }
    await until('work is under way', async () => (await count("state = 'succeeded'")) > 500, 30_000);
    const victims = cluster.running('worker').slice(0, 2);
    await Promise.all(victims.map((worker) => worker.kill()));
    const redis = new Redis(cluster.redis?.url ?? '');
    await redis.flushall();
    redis.disconnect();
    await cluster.running('scheduler')[0]?.kill();
    await until('all succeeded', async () => (await count("state = 'succeeded'")) === 5_000, 90_000);
    const lost = victims.flatMap(workerIdsOf);
    expect(lost.length).toBeGreaterThanOrEqual(2);
    const crashes = `SELECT COUNT(*) FROM job_failures WHERE kind = 'crashed' AND HEX(worker_id) IN (?)`;
    expect(await count(`(${crashes} AND job_id = jobs.id) > 0`, lost)).toBeGreaterThan(0);
    expect(await count(`fence <> 1 + (${crashes} AND job_id = jobs.id)`, lost)).toBe(0);
    expect(await count('attempt <> 1')).toBe(0);
  });

  it('give their jobs back within twenty seconds, by default settings', async () => {
    cluster = await Cluster.start({ workers: 2 });
    const long = { type: 'sleep', payload: { duration: '8s' }, timeout: '5m' };
    const ids = await cluster.client.submitBatch(Array.from({ length: 40 }, () => long));
    const read = (): Promise<JobView[]> => Promise.all(ids.map((id) => cluster.client.read(id)));
    let jobs: JobView[] = [];
    await until('all run', async () => (jobs = await read()).every(({ state }) => state === 'running'), 20_000);
    const workerId = jobs[0]?.workerId;
    const lost = new Set(jobs.filter((job) => job.workerId === workerId).map(({ id }) => id));
    const victim = cluster.running('worker').find((each) => workerIdsOf(each).includes(hexOf(workerId)));
    await victim?.kill();
    const killedAt = performance.now();
    const runAgain = ({ id, fence }: JobView): boolean => !lost.has(id) || fence === 2;
    await until('they run again', async () => (await read()).every(runAgain), 30_000);
    expect(performance.now() - killedAt).toBeLessThan(20_000);
    for (const id of lost) {
      const job = await cluster.client.untilFinished(id);
      expect(job).toMatchObject({ state: 'succeeded', attempt: 1, failures: [{ kind: 'crashed' }] });
    }
  });

  it.each([1, 5])('that were only frozen, for %d leases, do no harm when they go on', async (leases) => {
    cluster = await Cluster.start({ workers: 1, settings: { LEASE_TTL: `${LEASE_MS}ms` } });
    const { id } = await cluster.client.submit({ type: 'sleep', payload: { duration: '2s' } });
    await cluster.client.untilState(id, 'running');
    const [frozen] = cluster.running('worker');
    await frozen?.signal('SIGSTOP');
    const thawAt = performance.now() + leases * LEASE_MS;
    await cluster.add('worker');
    expect(await cluster.client.untilFinished(id)).toMatchObject({ state: 'succeeded', fence: 2 });
    await until('it was frozen for long enough', () => performance.now() >= thawAt, 20_000);
    await frozen?.signal('SIGCONT');
    await until('it noticed', () => frozen?.log().some(({ msg }) => msg === 'lease lost') ?? false, 10_000);
    await until('it joined again', () => frozen?.log().filter(({ msg }) => msg === 'joined').length === 2, 10_000);
    expect(await cluster.client.read(id)).toMatchObject({
      state: 'succeeded',
      fence: 2,
      failures: [{ kind: 'crashed' }],
    });
  });

  it('are not those whose lease thread takes longer to start than the lease lasts, as on a very busy machine', async () => {
    cluster = await Cluster.start({ workers: 0, settings: { LEASE_TTL: '3s' } });
    const preload = [path.resolve(import.meta.dirname, 'harness/slow-threads.mjs')];
    const [worker] = await cluster.add('worker', 1, {}, { preload });
    const { id } = await cluster.client.submit({ type: 'sleep', payload: { duration: '8s' } });
    expect(await cluster.client.untilFinished(id, 60_000)).toMatchObject({ state: 'succeeded', fence: 1 });
    expect(worker?.log().filter(({ msg }) => msg === 'lease lost')).toEqual([]);
  });
});

/** Under which it took jobs, as MySQL writes them. */
function workerIdsOf(worker: Program): string[] {
  return worker.log().flatMap(({ msg, workerId }) => (msg === 'joined' ? [hexOf(String(workerId))] : []));
}

function hexOf(id: string | null | undefined): string {
  return (id ?? '').replaceAll('-', '').toUpperCase();
}

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Redis } from 'ioredis';
import type { JobView } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import { RECORD_POINTS } from './harness/fault-points.ts';
import { WITH_TRIAL_HANDLERS } from './harness/program.ts';
import { until } from './harness/until.ts';
import { startVictim, type Victim } from './harness/victim.ts';

type Point = keyof typeof RECORD_POINTS;

/** How often each was done in the end. */
const DONE: Record<Point, { step: number; effect: number }> = {
  'before a step is recorded': { step: 2, effect: 1 },
  'before an effect is recorded': { step: 1, effect: 2 },
  'after an effect was recorded': { step: 1, effect: 1 },
};
const POINTS = Object.keys(DONE) as Point[];
const SHARING = 20;

describe('work that is recorded', () => {
  const directory = mkdtempSync(path.join(process.env['TEST_DIRECTORY'] ?? tmpdir(), 'records-'));
  const ledger = path.join(directory, 'ledger');
  const victims: Victim[] = [];
  let cluster: Cluster;

  beforeAll(async () => {
    writeFileSync(ledger, '');
    cluster = await Cluster.start({ workers: 0, ownRedis: true, settings: { LEASE_TTL: '6s' } });
  });

  afterAll(async () => {
    await cluster.stop();
    await Promise.all(victims.map((victim) => victim.close()));
  });

  const done = (ids: readonly string[], what: string): number => {
    const lines = readFileSync(ledger, 'utf8').split('\n');
    return lines.filter((line) => ids.some((id) => line === `${id} ${what}`)).length;
  };
  const jobWith = (payload: object): object => ({ type: 'trial.record', payload: { ledger, ...payload } });
  const finish = (ids: readonly string[]): Promise<JobView[]> =>
    Promise.all(ids.map((id) => cluster.client.untilFinished(id, 60_000)));

  it('is done again only by who comes after a worker that was killed before it was recorded', async () => {
    const killedAt = async (point: Point): Promise<string> => {
      const queue = `of-${POINTS.indexOf(point)}`;
      const settings = { WORKER_QUEUES: queue };
      const victim = await startVictim(cluster, 'worker', RECORD_POINTS[point], settings, WITH_TRIAL_HANDLERS);
      victims.push(victim);
      const { id } = await cluster.client.submit({ ...jobWith({ key: queue }), queue });
      await victim.killed();
      return id;
    };
    const ids = await Promise.all(POINTS.map(killedAt));
    await cluster.add('worker', 1, {}, WITH_TRIAL_HANDLERS);
    for (const job of await finish(ids)) {
      expect(job).toMatchObject({ state: 'succeeded', fence: 2, result: { by: job.id } });
    }
    const times = ids.map((id) => ({ step: done([id], 'step'), effect: done([id], 'effect') }));
    expect(Object.fromEntries(POINTS.map((point, n) => [point, times[n]]))).toEqual(DONE);
  });

  it('is shared by jobs: of twenty one does it, another when that one is killed, and nobody once it is recorded', async () => {
    await cluster.add('worker', 1, {}, WITH_TRIAL_HANDLERS);
    const key = randomUUID();
    const release = path.join(directory, 'release');
    const shared = Array.from({ length: SHARING }, () => jobWith({ key, until: release }));
    const ids = await cluster.client.submitBatch(shared);
    await until('all of them are there', () => done(ids, 'step') === SHARING && done(ids, 'effect') === 1, 30_000);
    const wipe = new Redis(cluster.redis?.url ?? '');
    await wipe.flushall();
    const [holder] = await cluster.database.rows<Row & { name: string }>(
      `SELECT workers.name FROM effects JOIN jobs ON jobs.id = effects.job_id JOIN workers ON workers.id = jobs.worker_id
       WHERE effects.name = ?`,
      [key],
    );
    await cluster
      .running('worker')
      .find(({ pid }) => holder?.name.endsWith(`:${pid}`))
      ?.kill();
    writeFileSync(release, '');
    const results = (await finish(ids)).map(({ state, result }) => ({ state, result }));
    expect(results).toEqual(ids.map(() => ({ state: 'succeeded', result: results[0]?.result })));
    expect(done(ids, 'effect')).toBe(2);

    await wipe.flushall();
    wipe.disconnect();
    const later = await finish(await cluster.client.submitBatch(shared));
    expect(later.map(({ result }) => result)).toEqual(later.map(() => results[0]?.result));
    expect(done([...ids, ...later.map(({ id }) => id)], 'effect')).toBe(2);
  });
});

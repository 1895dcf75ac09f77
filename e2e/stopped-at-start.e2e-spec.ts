import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import type { ProgramName } from './harness/program.ts';

const preload = [path.resolve(import.meta.dirname, 'harness/stop-while-starting.mjs')];
const EVERY = ['as it loads its modules', 'as it opens its port'];
const MOMENTS: Record<ProgramName, readonly string[]> = {
  api: EVERY,
  scheduler: [...EVERY, 'as it says INSERT IGNORE INTO passes'],
  worker: [...EVERY, 'as it starts a thread', 'as it says INSERT INTO workers', "as it says SET state = 'running'"],
};
const CLEAN = { code: 0, signal: null };

describe('SIGTERM during the start', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ schedulers: 0, workers: 0 });
    await cluster.client.submitBatch(Array.from({ length: 20 }, () => ({ type: 'echo' })));
  });

  afterAll(() => cluster.stop());

  it.each(['api', 'scheduler', 'worker'] as const)('of the %s ends it with 0, whenever it comes', async (name) => {
    const exits = await Promise.all(
      MOMENTS[name].map(async (moment) => {
        const program = await cluster.launch(name, { STOP_AT: moment }, { preload });
        return [moment, await program.exited] as const;
      }),
    );
    expect(Object.fromEntries(exits)).toEqual(Object.fromEntries(MOMENTS[name].map((moment) => [moment, CLEAN])));
  });

  it('leaves no worker behind, and no job that counts as crashed', async () => {
    expect(await cluster.database.rows<Row>('SELECT name FROM workers')).toEqual([]);
    const jobs = await cluster.database.rows<Row>('SELECT DISTINCT state, crashes FROM jobs ORDER BY state');
    expect(jobs).toEqual([{ state: 'succeeded', crashes: 0 }]);
  });
});

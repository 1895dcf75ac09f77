import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';

describe('SIGTERM', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  it('lets running jobs finish, records them and ends with 0', async () => {
    cluster = await Cluster.start();
    const ids = await cluster.client.submitBatch(
      Array.from({ length: 20 }, () => ({ type: 'sleep', payload: { duration: '1s' } })),
    );
    for (const id of ids) await cluster.client.untilState(id, ['running', 'succeeded']);
    const [worker] = cluster.running('worker');
    expect(await worker?.stop()).toEqual({ code: 0, signal: null });
    const states = await Promise.all(ids.map(async (id) => (await cluster.client.read(id)).state));
    expect(new Set(states)).toEqual(new Set(['succeeded']));
  });

  it('hands back what does not finish within the grace, without spending an attempt', async () => {
    cluster = await Cluster.start({ settings: { SHUTDOWN_GRACE: '300ms' } });
    const { id } = await cluster.client.submit({ type: 'sleep', payload: { duration: '10m' }, timeout: '1h' });
    await cluster.client.untilState(id, 'running');
    const [worker] = cluster.running('worker');
    expect(await worker?.stop()).toEqual({ code: 0, signal: null });
    expect(await cluster.client.read(id)).toMatchObject({ state: 'ready', attempt: 0, fence: 1, failures: [] });
    const workers = await cluster.database.rows<Row>('SELECT id FROM workers');
    expect(workers).toEqual([]);
    await cluster.add('worker');
    expect(await cluster.client.untilState(id, 'running')).toMatchObject({ attempt: 1, fence: 2 });
  });

  it('ends the other programs with 0, too', async () => {
    cluster = await Cluster.start();
    const [scheduler] = cluster.running('scheduler');
    expect(await scheduler?.stop()).toEqual({ code: 0, signal: null });
    expect(await cluster.api.stop()).toEqual({ code: 0, signal: null });
  });
});

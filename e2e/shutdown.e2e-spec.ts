import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import type { Program } from './harness/program.ts';
import { until } from './harness/until.ts';

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

  it('twice makes it hurry: what runs is handed back now, not after the grace, without spending an attempt', async () => {
    cluster = await Cluster.start({ settings: { SHUTDOWN_GRACE: '1h', DRAIN_DELAY: '10m' } });
    const { id } = await cluster.client.submit({ type: 'sleep', payload: { duration: '10m' }, timeout: '1h' });
    await cluster.client.untilState(id, 'running');
    expect(await hurried(cluster.running('worker')[0])).toEqual({ code: 0, signal: null });
    expect(await cluster.client.read(id)).toMatchObject({ state: 'ready', attempt: 0, fence: 1, failures: [] });
    expect(await cluster.database.rows<Row>('SELECT id FROM workers')).toEqual([]);
    expect(await hurried(cluster.api)).toEqual({ code: 0, signal: null });
  });

  it('ends the other programs with 0, too', async () => {
    cluster = await Cluster.start();
    const [scheduler] = cluster.running('scheduler');
    expect(await scheduler?.stop()).toEqual({ code: 0, signal: null });
    expect(await cluster.api.stop()).toEqual({ code: 0, signal: null });
  });
});

/** Told to stop, and told again once it does. */
async function hurried(program: Program | undefined): Promise<unknown> {
  await program?.signal('SIGTERM');
  await until('it is stopping', () => program?.log().some(({ msg }) => msg === 'stopping') ?? false, 10_000);
  await program?.signal('SIGTERM');
  return program?.exited;
}

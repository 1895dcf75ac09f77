import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toBytes } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import { WORKER_POINTS } from './harness/fault-points.ts';
import { until } from './harness/until.ts';
import { startOverheard, type Overheard } from './harness/victim.ts';

describe('a claim that gets no answer', () => {
  let cluster: Cluster;
  let worker: Overheard;

  beforeAll(async () => {
    cluster = await Cluster.start({ workers: 0 });
    worker = await startOverheard(cluster, 'worker');
  });

  afterAll(async () => {
    await cluster.stop();
    await worker.close();
  });

  it('holds up no job that comes after it, and its own job runs when it is given up', async () => {
    let hangs = false;
    const claim = WORKER_POINTS['before its claim is committed'];
    worker.database.set({ ...claim, hangs: true, spring: () => (hangs = true) });
    const first = await cluster.client.submit({ type: 'echo' });
    await until('the claim hangs', () => hangs, 10_000);
    const second = await cluster.client.submit({ type: 'echo' });
    expect(await cluster.client.untilFinished(second.id)).toMatchObject({ state: 'succeeded' });
    const ifFree = 'SELECT id FROM jobs WHERE id = ? FOR UPDATE SKIP LOCKED';
    expect(await cluster.database.rows(ifFree, [toBytes(first.id)])).toEqual([]); // the claim still has it
    expect(await cluster.client.untilFinished(first.id, 60_000)).toMatchObject({ state: 'succeeded', attempt: 1 });
  });
});

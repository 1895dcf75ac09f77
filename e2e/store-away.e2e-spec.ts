import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { SeverableProxy } from '../apps/api/src/testing/severable-proxy.ts';
import { Cluster } from './harness/cluster.ts';
import type { Program } from './harness/program.ts';
import { until } from './harness/until.ts';

interface JobRow extends Row {
  state: string;
  fence: number;
  crashes: number;
}

describe('MySQL', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  const jobs = (): Promise<JobRow[]> => cluster.database.rows<JobRow>('SELECT state, fence, crashes FROM jobs');
  const told = (program: Program | undefined, message: string): boolean =>
    program?.log().some(({ msg }) => msg === message) ?? false;
  const count = async (state: string): Promise<number> => (await jobs()).filter((job) => job.state === state).length;

  it('may hang for longer than the lease: what runs goes on, and nothing runs twice', async () => {
    cluster = await Cluster.start({ workers: 2, ownDatabase: true, settings: { LEASE_TTL: '8s' } });
    const sleeps = Array.from({ length: 40 }, (_, n) => ({ type: 'sleep', payload: { duration: `${n % 25}s` } }));
    await cluster.client.submitBatch(sleeps);
    await until('all have started', async () => (await count('pending')) === 0, 20_000);
    await cluster.databaseServer?.kill('SIGSTOP');
    const inDoubt = (): boolean =>
      cluster.running('worker').every((worker) => told(worker, 'the lease is in doubt: what runs goes on'));
    await until('every lease ran out', inDoubt, 30_000);
    await cluster.databaseServer?.kill('SIGCONT');
    await until('all succeeded', async () => (await count('succeeded')) === sleeps.length, 60_000);
    expect(new Set((await jobs()).map(({ fence, crashes }) => `${fence} ${crashes}`))).toEqual(new Set(['1 0']));
  });

  it("may be out of one worker's reach: that one is told, stops, and its jobs run elsewhere", async () => {
    cluster = await Cluster.start({ workers: 0, settings: { LEASE_TTL: '8s' } });
    const wire = await SeverableProxy.before(cluster.databaseUrl);
    const [cutOff] = await cluster.add('worker', 1, { DATABASE_URL: wire.url });
    const { id } = await cluster.client.submit({ type: 'sleep', payload: { duration: '20s' }, timeout: '5m' });
    await cluster.client.untilState(id, 'running');
    await cluster.add('worker');
    wire.sever();
    await until('it runs elsewhere', async () => (await cluster.client.read(id)).fence === 2, 60_000);
    await until('it noticed', () => told(cutOff, 'lease lost'), 10_000);
    wire.mend();
    await until('it joined again', () => cutOff?.log().filter(({ msg }) => msg === 'joined').length === 2, 30_000);
    expect(await cluster.client.untilFinished(id, 60_000)).toMatchObject({ state: 'succeeded', fence: 2 });
    await cutOff?.stop();
    await wire.close();
  });

  it('may be killed under load and started again: every accepted job is there, and finishes', async () => {
    cluster = await Cluster.start({ workers: 2, ownDatabase: true });
    const accepted = new Set<string>();
    let loading = true;
    const load = async (): Promise<void> => {
      while (loading) {
        const batch = Array.from({ length: 20 }, () => ({ type: 'sleep', payload: { duration: '50ms' } }));
        await cluster.client.submitBatch(batch).then(
          (ids) => ids.forEach((id) => accepted.add(id)),
          () => new Promise((resolve) => setTimeout(resolve, 50)), // refused, or the answer is lost: not promised
        );
      }
    };
    const loads = [load(), load(), load()];
    for (const size of [500, 1_000, 1_500]) {
      await until('work is under way', () => accepted.size > size, 60_000);
      await cluster.databaseServer?.kill('SIGKILL');
      await cluster.databaseServer?.restart();
    }
    await until('work goes on', () => accepted.size > 2_000, 60_000);
    loading = false;
    await Promise.all(loads);
    await until('all succeeded', async () => (await count('succeeded')) === (await jobs()).length, 120_000);
    const rows = await cluster.database.rows<Row & { id: Buffer }>('SELECT id FROM jobs');
    const there = new Set(rows.map(({ id }) => id.toString('hex')));
    expect([...accepted].filter((id) => !there.has(id.replaceAll('-', '')))).toEqual([]);
  });

  it('may hang when a worker is told to stop: it ends in time all the same, and what it held runs elsewhere', async () => {
    cluster = await Cluster.start({ ownDatabase: true, settings: { LEASE_TTL: '8s', SHUTDOWN_GRACE: '1s' } });
    const { id } = await cluster.client.submit({ type: 'sleep', payload: { duration: '15s' }, timeout: '5m' });
    await cluster.client.untilState(id, 'running');
    await cluster.databaseServer?.kill('SIGSTOP');
    const [worker] = cluster.running('worker');
    expect(await worker?.stop(11_000)).toEqual({ code: 0, signal: null });
    await cluster.databaseServer?.kill('SIGCONT');
    await cluster.add('worker');
    expect(await cluster.client.untilFinished(id, 60_000)).toMatchObject({ state: 'succeeded', fence: 2 });
  });
});

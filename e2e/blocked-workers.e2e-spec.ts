import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './harness/cluster.ts';
import { WITH_TRIAL_HANDLERS } from './harness/program.ts';
import { until } from './harness/until.ts';

interface WorkerView {
  readonly eventLoop: { readonly blockedMs: number };
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number };
  readonly attempts: { readonly started: number; readonly ended: number };
}

describe('a handler that lets nothing else run', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ workers: 0 });
    await cluster.add('worker', 1, { LEASE_TTL: '3s', LEASE_RENEW: '300ms' }, WITH_TRIAL_HANDLERS);
  });

  afterAll(() => cluster.stop());

  const view = async (): Promise<WorkerView | undefined> =>
    (await cluster.client.call<{ items: WorkerView[] }>('GET', '/v1/workers')).body.items[0];

  it('is seen from outside, by its type and while it lasts, and its worker keeps the lease', async () => {
    const { id } = await cluster.client.submit({ type: 'trial.block', payload: { milliseconds: 8_000 } });
    const [worker] = cluster.running('worker');
    const blocked = async (): Promise<boolean> => ((await view())?.eventLoop.blockedMs ?? 0) >= 1_000;
    await until('the worker shows it', blocked, 20_000);
    expect((await cluster.client.read(id)).state).toBe('running');
    expect(worker?.log()).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'the event loop is blocked', types: ['trial.block'] }),
    );
    expect(await cluster.client.untilFinished(id)).toMatchObject({ state: 'succeeded', fence: 1 });
    expect(worker?.log().map(({ msg }) => msg)).not.toContain('lease lost');
  });

  it('is over when it is over, and the worker shows how it is', async () => {
    let worker: WorkerView | undefined;
    const isOver = ({ eventLoop, attempts }: WorkerView): boolean => eventLoop.blockedMs === 0 && attempts.ended === 1;
    await until('the loop turns', async () => (worker = await view()) !== undefined && isOver(worker), 20_000);
    const { memory, attempts } = worker ?? {};
    expect(attempts).toEqual({ started: 1, ended: 1 });
    expect(memory?.rssBytes).toBeGreaterThan(memory?.heapUsedBytes ?? Infinity);
    expect(memory?.heapUsedBytes).toBeGreaterThan(1_000_000);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toBytes } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import { WITH_TRIAL_HANDLERS } from './harness/program.ts';

interface Lines {
  readonly items: readonly { readonly attempt: number; readonly number: number; readonly line: string }[];
}

describe('a handler', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ workers: 0 });
    await cluster.add('worker', 1, {}, WITH_TRIAL_HANDLERS);
  });

  afterAll(() => cluster.stop());

  // lost with a worker never, once, and so often that it runs alone
  it.each([0, 1, 2])(
    'snoozes, keeps lines and its last progress, adds jobs and cancels another, also after %s crashes, in a process apart',
    async (crashes) => {
      const { client } = cluster;
      const victim = await client.submit({ type: 'echo', delay: '1h' });
      const { id } = await client.submit({ type: 'trial.ask', payload: { victim: victim.id }, delay: '1h' });
      await cluster.database.change('UPDATE jobs SET crashes = ? WHERE id = ?', [crashes, toBytes(id)]);
      await client.call('POST', `/v1/jobs/${id}/run-now`);
      const job = await client.untilFinished(id, 60_000);
      expect(job).toMatchObject({ state: 'succeeded', attempt: 1, fence: 2, progress: { asked: 'all' } });
      const { child, cancelled } = job.result as { child: string; cancelled: boolean };
      expect(cancelled).toBe(true);
      expect(await client.untilFinished(child, 60_000)).toMatchObject({ state: 'succeeded', result: { of: id } });
      expect(await client.untilFinished(victim.id, 60_000)).toMatchObject({ state: 'cancelled' });
      const { body } = await client.call<Lines>('GET', `/v1/jobs/${id}/logs`);
      expect(body.items.map(({ line }) => line)).toEqual(['first call', 'second call']);
    },
  );

  it('is called for no job before it is due, though jobs are claimed ahead', async () => {
    const { client } = cluster;
    const delays = Array.from({ length: 60 }, (_, n) => `${300 + n * 7}ms`);
    const ids = await client.submitBatch(delays.map((delay) => ({ type: 'trial.clock', delay })));
    for (const id of ids) {
      const { runAt, startedAt, result } = await client.untilFinished(id, 60_000);
      expect((result as { at: number }).at).toBeGreaterThanOrEqual(Date.parse(runAt));
      expect(Date.parse(startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(runAt));
    }
  });

  it('adds nothing when its attempt fails, and fails for good when what it adds is not valid', async () => {
    const { client } = cluster;
    const { id } = await client.submit({ type: 'trial.ask', payload: { invalid: true } });
    const job = await client.untilFinished(id, 60_000);
    expect(job).toMatchObject({ state: 'dead', attempt: 1 });
    expect(job.error?.message).toContain('/priority: must be a whole number');
    expect((await client.call<Lines>('GET', `/v1/jobs/${id}/logs`)).body.items).toHaveLength(1);
    const children = await client.call<{ items: unknown[] }>('GET', '/v1/jobs?tag=of-the-invalid');
    expect(children.body.items).toEqual([]);
  });
});

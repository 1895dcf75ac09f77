import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JOB_STATES, SHOWN_STATES } from '@holdfast/domain';
import type { Row } from '@holdfast/persistence';
import type { JobView } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

const FAST = { strategy: 'fixed', delay: '50ms', jitter: 0 };

describe('the life of a job, over REST', () => {
  let cluster: Cluster;
  const seen = new Set<string>();

  beforeAll(async () => {
    cluster = await Cluster.start({ settings: { WORKER_QUEUES: 'default' } });
  });

  afterAll(() => cluster.stop());

  const submit = async (job: object): Promise<JobView> => noted(await cluster.client.submit(job));
  const finished = async (id: string): Promise<JobView> => noted(await cluster.client.untilFinished(id));

  function noted(job: JobView): JobView {
    seen.add(job.state);
    return job;
  }

  it('runs a job at once and keeps its result', async () => {
    const { id } = await submit({ type: 'echo', payload: { text: 'grüße', n: [1, { deep: true }] } });
    expect(await finished(id)).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      fence: 1,
      result: { text: 'grüße', n: [1, { deep: true }] },
      failures: [],
    });
  });

  it('runs a delayed job when it is due and not before', async () => {
    const job = await submit({ type: 'echo', delay: '700ms' });
    expect(job.state).toBe('scheduled');
    const { startedAt, runAt } = await finished(job.id);
    expect(Date.parse(startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(runAt));
  });

  it('tries again after its backoff until it succeeds, and keeps every failure', async () => {
    const { id } = await submit({ type: 'flaky', payload: { failures: 2 }, backoff: FAST });
    const job = await finished(id);
    expect(job).toMatchObject({ state: 'succeeded', attempt: 3, result: { attempts: 3 } });
    expect(job.failures.map(({ attempt, kind }) => ({ attempt, kind }))).toEqual([
      { attempt: 1, kind: 'failed' },
      { attempt: 2, kind: 'failed' },
    ]);
  });

  it('goes to the dead letters after its last attempt, and lives again when it is retried', async () => {
    const { id } = await submit({ type: 'fail', payload: { message: 'no luck' }, maxAttempts: 2, backoff: FAST });
    expect(await finished(id)).toMatchObject({ state: 'dead', attempt: 2, error: { message: 'no luck' } });
    const letters = await cluster.client.call<{ items: JobView[] }>('GET', '/v1/dead-letters');
    expect(letters.body.items.map((letter) => letter.id)).toContain(id);
    const retried = await cluster.client.call<JobView>('POST', `/v1/jobs/${id}/retry`);
    expect(retried).toMatchObject({ status: 200, body: { id } }); // by the time it is read it may run again
    expect(await finished(id)).toMatchObject({ state: 'dead', attempt: 2, fence: 4 });
  });

  it('is run again or deleted with all others that a filter finds, by a job that any worker does', async () => {
    const dead = await Promise.all([1, 2, 3].map(() => submit({ type: 'fail', maxAttempts: 1, tags: ['lot'] })));
    for (const { id } of dead) await finished(id);
    const order = async (verb: string): Promise<JobView> => {
      const filter = { type: 'fail', tag: 'lot' };
      const { status, body } = await cluster.client.call<JobView>('POST', `/v1/dead-letters/${verb}`, { filter });
      expect(status).toBe(202);
      return finished(body.id);
    };
    expect(await order('retry')).toMatchObject({ state: 'succeeded', queue: 'holdfast', result: { retried: 3 } });
    for (const { id } of dead) expect(await finished(id)).toMatchObject({ state: 'dead', fence: 2 });
    expect(await order('discard')).toMatchObject({ state: 'succeeded', result: { discarded: 3 } });
    for (const { id } of dead) expect((await cluster.client.call('GET', `/v1/jobs/${id}`)).status).toBe(404);
  });

  it('is not tried again when the handler says that it is pointless, or its payload does not fit', async () => {
    const final = await submit({ type: 'fail', payload: { retry: false } });
    const unfit = await submit({ type: 'sleep', payload: { duration: 'long' } });
    expect(await finished(final.id)).toMatchObject({ state: 'dead', attempt: 1 });
    expect(await finished(unfit.id)).toMatchObject({ state: 'dead', attempt: 1, error: { name: 'DoNotRetryError' } });
  });

  it('fails an attempt that takes longer than its timeout', async () => {
    const { id } = await submit({ type: 'sleep', payload: { duration: '1m' }, timeout: '100ms', maxAttempts: 1 });
    expect(await finished(id)).toMatchObject({ state: 'dead', failures: [{ kind: 'timed-out' }] });
  });

  it('is ready but waits when no live worker knows its type', async () => {
    const { id } = await submit({ type: 'nobody.knows' });
    expect(noted(await cluster.client.read(id))).toMatchObject({ state: 'ready', attempt: 0 });
    const cancelled = await cluster.client.call<JobView>('POST', `/v1/jobs/${id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  });

  it('expires when it could not start before its deadline', async () => {
    const deadline = new Date(Date.now() + 3_000).toISOString();
    const { id } = await submit({ type: 'nobody.knows', deadline });
    expect(await finished(id)).toMatchObject({ state: 'expired', attempt: 0 });
  });

  it('stops a running job when it is cancelled', async () => {
    const { id } = await submit({ type: 'sleep', payload: { duration: '1m' }, timeout: '2m' });
    noted(await cluster.client.untilState(id, 'running'));
    const asked = await cluster.client.call('POST', `/v1/jobs/${id}/cancel`);
    expect(asked.status).toBe(200);
    expect(await finished(id)).toMatchObject({ state: 'cancelled' });
    expect(await cluster.client.call('POST', `/v1/jobs/${id}/cancel`)).toMatchObject({ status: 409 });
  });

  it('starts by priority, then due time, then order of submission', async () => {
    await cluster.add('worker', 1, { WORKER_QUEUES: 'ordered', WORKER_CONCURRENCY: '1' });
    const other = await cluster.client.submit({ type: 'nobody.knows', queue: 'ordered' });
    const runAt = new Date(Date.now() + 600).toISOString();
    const job = (priority: number): object => ({ type: 'echo', queue: 'ordered', priority, runAt });
    const expected = await cluster.client.submitBatch([job(900), job(900), job(500), job(0)]);
    const shuffled = [...expected].reverse();
    for (const id of shuffled) await finished(id);
    const rows = await cluster.database.rows<Row & { id: string }>(
      "SELECT LOWER(HEX(id)) AS id FROM jobs WHERE queue = 'ordered' AND type = 'echo' ORDER BY started_at, priority DESC, id",
    );
    expect(rows.map(({ id }) => id)).toEqual(expected.map((id) => id.replaceAll('-', '')));
    await cluster.client.call('POST', `/v1/jobs/${other.id}/cancel`);
  });

  it('tells its whole journey in the logs by its id', async () => {
    const { id } = await submit({ type: 'flaky', payload: { failures: 1 }, backoff: FAST });
    await finished(id);
    const journey = (): unknown[] => {
      const programs = [...cluster.running('api'), ...cluster.running('worker')];
      const lines = programs.flatMap((program) => program.log());
      return lines.filter((line) => JSON.stringify(line).includes(id)).map(({ msg }) => msg);
    };
    await until('the end is told', () => journey().filter((msg) => msg === 'settled').length === 2, 10_000);
    expect(journey()).toEqual(expect.arrayContaining(['accepted', 'indexed', 'claimed', 'started', 'settled']));
  });

  it('has been seen in every state that needs no dependencies', async () => {
    const reachable = SHOWN_STATES.filter((state) => state !== 'blocked');
    expect([...seen].sort()).toEqual([...reachable].sort());
    const rows = await cluster.database.rows<Row & { state: string; n: number }>(
      'SELECT state, COUNT(*) AS n FROM jobs GROUP BY state',
    );
    const counts = Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    await until(
      'statistics equal rows',
      async () => {
        const { body } = await cluster.client.call<{ jobs: Record<string, number> }>('GET', '/v1/stats');
        const pending = (body.jobs['scheduled'] ?? 0) + (body.jobs['ready'] ?? 0);
        return JOB_STATES.every((state) => (state === 'pending' ? pending : body.jobs[state]) === (counts[state] ?? 0));
      },
      20_000,
    );
  });
});

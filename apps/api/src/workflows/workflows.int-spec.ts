import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Outcome } from '@holdfast/domain';
import { Client, type Answer } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

const DIAMOND = {
  name: 'diamond',
  jobs: {
    fetch: { type: 'echo' },
    left: { type: 'echo', dependsOn: ['fetch'] },
    right: { type: 'echo', dependsOn: ['fetch'] },
    end: { type: 'echo', dependsOn: ['left', 'right'] },
  },
};

const ORDERED = { type: 'echo', concurrencyKey: 'k', ordered: true };

describe('workflows', () => {
  let api: RunningApi;
  let client: Client;
  let worker: WorkerDouble;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    worker = await WorkerDouble.join(api.app);
  });

  afterAll(() => api.close());

  type Jobs = Record<string, string>;
  interface Node {
    readonly name: string;
    readonly state: string;
  }

  async function submit(body: object = DIAMOND): Promise<{ id: string; jobs: Jobs }> {
    const answer = await client.post('/v1/workflows', body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body as unknown as { id: string; jobs: Jobs };
  }

  const read = async (id: string): Promise<Record<string, unknown>> => (await client.get(`/v1/workflows/${id}`)).body;
  const statesOf = ({ nodes }: Record<string, unknown>): Record<string, string> =>
    Object.fromEntries((nodes as Node[]).map(({ name, state }) => [name, state]));
  const errorsOf = ({ body }: Answer): string[] =>
    (body['errors'] as { pointer: string; message: string }[]).map(({ pointer, message }) => `${pointer} ${message}`);
  const failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: true, failedAt: 0 } as const;
  const SUCCEEDED: Outcome = { kind: 'succeeded', result: '7' };

  async function finish(id: string | undefined, outcome: Outcome = SUCCEEDED): Promise<void> {
    await worker.settle(await worker.claim(id ?? ''), outcome);
  }

  it('are submitted whole, and run in their order', async () => {
    const answer = await client.post('/v1/workflows', DIAMOND);
    expect(answer.status).toBe(201);
    const { id, jobs } = answer.body as unknown as { id: string; jobs: Jobs };
    expect(answer.headers.get('location')).toBe(`/v1/workflows/${id}`);
    expect(Object.keys(jobs)).toEqual(['fetch', 'left', 'right', 'end']);
    const before = await read(id);
    expect(before).toMatchObject({ id, name: 'diamond', state: 'running', progress: { finished: 0, jobs: 4 } });
    expect(before['counts']).toMatchObject({ ready: 1, blocked: 3 });
    expect(before['edges']).toContainEqual({ from: 'left', to: 'end', on: 'succeeded', failed: false });
    expect(before['edges']).toHaveLength(4);
    await expect(worker.claim(jobs['end'] ?? '')).rejects.toThrow();
    await finish(jobs['fetch']);
    expect(statesOf(await read(id))).toEqual({ fetch: 'succeeded', left: 'ready', right: 'ready', end: 'blocked' });
    for (const name of ['left', 'right', 'end']) await finish(jobs[name]);
    const after = await read(id);
    expect(after).toMatchObject({ state: 'succeeded', progress: { finished: 4, jobs: 4 }, cancelledAt: null });
    expect(after['finishedAt']).toEqual(expect.any(String));
  });

  it('show in each job what it waits for and where it belongs, and explain what keeps it', async () => {
    const { id, jobs } = await submit();
    const { body } = await client.get(`/v1/jobs/${jobs['end']}`);
    expect(body).toMatchObject({ state: 'blocked', workflow: { id, name: 'diamond', job: 'end' } });
    const others = [jobs['left'], jobs['right']].sort();
    expect(body['dependsOn']).toEqual(others.map((job) => ({ job, on: 'succeeded', state: 'blocked' })));
    const explained = (await client.get(`/v1/jobs/${jobs['left']}/explain`)).body;
    expect(explained['reasons']).toMatchObject([{ code: 'blocked', detail: `It waits for ${jobs['fetch']} (ready).` }]);
    const listed = (await client.get('/v1/jobs?state=blocked&limit=200')).body['items'] as { id: string }[];
    expect(listed.map((job) => job.id)).toEqual(expect.arrayContaining([jobs['end'], jobs['left'], jobs['right']]));
  });

  it('are made once for a key, however often they are sent', async () => {
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => client.insist('/v1/workflows', DIAMOND, key)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const replayed = answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true');
    expect(replayed).toHaveLength(2);
    const { id, jobs } = answers[0]?.body as unknown as { id: string; jobs: Jobs };
    expect((await read(id))['nodes']).toHaveLength(4);
    expect((await client.get(`/v1/jobs/${jobs['fetch']}`)).status).toBe(200);
    const other = await client.insist('/v1/workflows', { ...DIAMOND, name: 'other' }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'key-reused' } });
  });

  it.each<[string, object, string]>([
    ['a cycle', { a: { type: 'echo', dependsOn: ['b'] }, b: { type: 'echo', dependsOn: ['a'] } }, '/jobs/a/dependsOn'],
    ['a job that waits for itself', { a: { type: 'echo', dependsOn: ['a'] } }, '/jobs/a/dependsOn/0'],
    ['a job that waits for nobody', { a: { type: 'echo', dependsOn: ['b'] } }, '/jobs/a/dependsOn/0'],
    [
      'an ordered job that waits for a later one',
      { a: { ...ORDERED, dependsOn: ['x'] }, x: { type: 'echo', dependsOn: ['b'] }, b: ORDERED },
      '/jobs/a/dependsOn',
    ],
    ['a job without a type', { a: {} }, '/jobs/a/type'],
    ['a unique key', { a: { type: 'echo', uniqueKey: 'sync' } }, '/jobs/a/uniqueKey'],
    ['a bad name', { 'a b': { type: 'echo' } }, '/jobs/a b'],
    ['a dependency that is a number', { a: { type: 'echo', dependsOn: [1] } }, '/jobs/a/dependsOn/0'],
    ['no jobs', {}, '/jobs'],
    ['a list of jobs', [], '/jobs'],
    ['1,001 jobs', Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`j${n}`, { type: 'echo' }])), '/jobs'],
    ['two times', { a: { type: 'echo', delay: '1s', runAt: '2030-01-01T00:00:00Z' } }, '/jobs/a/delay'],
    ['a deadline that has passed', { a: { type: 'echo', deadline: '2020-01-01T00:00:00Z' } }, '/jobs/a/deadline'],
  ])('with %s are refused, and the answer says where', async (_, jobs, pointer) => {
    const answer = await client.post('/v1/workflows', { name: 'bad', jobs });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect((answer.body['errors'] as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
  });

  it('say which jobs make a cycle', async () => {
    const jobs = { a: { type: 'echo', dependsOn: ['b'] }, b: { type: 'echo', dependsOn: ['a'] } };
    const answer = await client.post('/v1/workflows', { name: 'bad', jobs });
    expect(errorsOf(answer)).toEqual(['/jobs/a/dependsOn is part of a cycle: a → b → a']);
  });

  it('of a thousand jobs in layers are taken', async () => {
    const layers = Array.from({ length: 1_000 }, (_, n): [string, object] => {
      const before =
        n < 20 ? [] : Array.from({ length: 5 }, (_, k) => `j${20 * Math.floor(n / 20 - 1) + ((n + k) % 20)}`);
      return [`j${n}`, { type: 'echo', queue: 'layers', dependsOn: before }];
    });
    const { id } = await submit({ name: 'layers', jobs: Object.fromEntries(layers) });
    expect((await read(id))['counts']).toMatchObject({ ready: 20, blocked: 980 });
    const { status, body } = await client.post(`/v1/workflows/${id}/cancel`);
    expect({ status, counts: body['counts'] }).toMatchObject({ status: 200, counts: { cancelled: 1_000, blocked: 0 } });
  });

  it('that fail cancel what cannot run, run what may, and are run again whole', async () => {
    const { id, jobs } = await submit({
      name: 'deploy',
      jobs: {
        ...DIAMOND.jobs,
        cleanup: { type: 'echo', dependsOn: [{ job: '*', on: 'finished' }] },
      },
    });
    await finish(jobs['fetch']);
    await finish(jobs['left'], { kind: 'dead', failure });
    expect(statesOf(await read(id))).toMatchObject({
      left: 'dead',
      right: 'ready',
      end: 'cancelled',
      cleanup: 'blocked',
    });
    await finish(jobs['right']);
    await finish(jobs['cleanup']);
    const failed = await read(id);
    expect(failed).toMatchObject({ state: 'failed' });
    expect(failed['edges']).toContainEqual({ from: 'left', to: 'end', on: 'succeeded', failed: true });
    const { body } = await client.post(`/v1/workflows/${id}/retry`);
    expect(body).toMatchObject({ state: 'running', finishedAt: null });
    expect(statesOf(body)).toMatchObject({ left: 'ready', right: 'succeeded', end: 'blocked', cleanup: 'succeeded' });
    await finish(jobs['left']);
    await finish(jobs['end']);
    expect(await read(id)).toMatchObject({ state: 'succeeded' });
  });

  it('are cancelled whole: what waits at once, what runs when it has stopped', async () => {
    const { id, jobs } = await submit();
    const running = await worker.claim(jobs['fetch'] ?? '');
    const { body } = await client.post(`/v1/workflows/${id}/cancel`);
    expect(body).toMatchObject({ state: 'running', counts: { running: 1, cancelled: 3 } });
    expect(body['cancelledAt']).toEqual(expect.any(String));
    const more = await client.post(`/v1/workflows/${id}/jobs`, { jobs: { more: { type: 'echo' } } });
    expect(more).toMatchObject({ status: 409, body: { code: 'workflow-cancelled' } });
    await worker.settle(running, { kind: 'cancelled' });
    expect(await read(id)).toMatchObject({ state: 'cancelled' });
    const { body: again } = await client.post(`/v1/workflows/${id}/retry`);
    expect(again).toMatchObject({ state: 'running', cancelledAt: null, counts: { ready: 1, blocked: 3 } });
  });

  it('grow while they run, and a job that waits for all waits for the new ones, too', async () => {
    const { id, jobs } = await submit({
      name: 'fan-out',
      jobs: { split: { type: 'echo' }, join: { type: 'echo', dependsOn: ['*'] } },
    });
    const parts = { a: { type: 'echo', dependsOn: ['split'] }, b: { type: 'echo' } };
    const added = await client.post(`/v1/workflows/${id}/jobs`, { jobs: parts });
    expect(added.status).toBe(201);
    const more = added.body['jobs'] as Jobs;
    expect(await client.post(`/v1/workflows/${id}/jobs`, { jobs: { a: { type: 'echo' } } })).toMatchObject({
      status: 400,
    });
    await finish(jobs['split']);
    await finish(more['a']);
    expect(statesOf(await read(id))).toMatchObject({ a: 'succeeded', b: 'ready', join: 'blocked' });
    await finish(more['b']);
    expect(statesOf(await read(id))).toMatchObject({ join: 'ready' });
    const circle = { jobs: { c: { type: 'echo', dependsOn: ['join'] }, d: { type: 'echo', dependsOn: ['nobody'] } } };
    expect(errorsOf(await client.post(`/v1/workflows/${id}/jobs`, circle))).toEqual([
      '/jobs/d/dependsOn/0 there is no job nobody in this workflow',
    ]);
  });

  it('are listed, the newest first, page by page', async () => {
    const ids = [(await submit()).id, (await submit()).id, (await submit()).id];
    const first = (await client.get('/v1/workflows?limit=2')).body;
    expect((first['items'] as { id: string }[]).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect(first['items']).toMatchObject([{ name: 'diamond', state: 'running', counts: { blocked: 3 } }, {}]);
    const second = (await client.get(`/v1/workflows?limit=2&cursor=${String(first['nextCursor'])}`)).body;
    expect((second['items'] as { id: string }[])[0]?.id).toBe(ids[0]);
  });

  it('are nobody else’s', async () => {
    const { id, jobs } = await submit();
    const other = await Client.of(api.url, { tenant: 'other' });
    expect((await other.get(`/v1/workflows/${id}`)).status).toBe(404);
    for (const operation of ['cancel', 'retry']) {
      expect((await other.post(`/v1/workflows/${id}/${operation}`)).status).toBe(404);
    }
    expect((await other.post(`/v1/workflows/${id}/jobs`, { jobs: { x: { type: 'echo' } } })).status).toBe(404);
    expect((await other.get('/v1/workflows')).body['items']).toEqual([]);
    expect(await other.post('/v1/jobs', { type: 'echo', dependsOn: [jobs['fetch']] })).toMatchObject({
      status: 422,
      body: { code: 'unknown-dependency' },
    });
    expect(statesOf(await read(id))).toMatchObject({ fetch: 'ready' });
  });

  it('are not needed for jobs that wait for one another: alone and in batches they name ids', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const batch = {
      jobs: [
        { type: 'echo', id: second, dependsOn: [first] },
        { type: 'echo', id: first },
      ],
    };
    expect((await client.post('/v1/jobs/batch', batch)).status).toBe(201);
    const third = await client.post('/v1/jobs', { type: 'echo', dependsOn: [{ job: second, on: 'finished' }] });
    expect(third.body).toMatchObject({
      state: 'blocked',
      dependsOn: [{ job: second, on: 'finished' }],
      workflow: null,
    });
    for (const operation of ['run-now', 'retry']) {
      const answer = await client.post(`/v1/jobs/${String(third.body['id'])}/${operation}`);
      expect(answer).toMatchObject({ status: 409, body: { code: 'state-forbids' } });
    }
    await finish(first);
    await finish(second, { kind: 'dead', failure });
    expect((await client.get(`/v1/jobs/${String(third.body['id'])}`)).body).toMatchObject({ state: 'ready' });
    const circle = [
      { type: 'echo', id: randomUUID(), dependsOn: [] as string[] },
      { type: 'echo', id: randomUUID(), dependsOn: [] as string[] },
    ] as const;
    circle[0].dependsOn.push(circle[1].id);
    circle[1].dependsOn.push(circle[0].id);
    expect((await client.post('/v1/jobs/batch', { jobs: circle })).status).toBe(400);
    const later = randomUUID();
    const behind = {
      jobs: [
        { ...ORDERED, dependsOn: [later] },
        { ...ORDERED, id: later },
      ],
    };
    const answer = await client.post('/v1/jobs/batch', behind);
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)[0]).toContain('would wait for ever');
    expect((await client.post('/v1/jobs/batch', { jobs: behind.jobs.reverse() })).status).toBe(201);
  });
});

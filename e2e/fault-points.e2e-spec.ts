import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readLives, type Lives } from '../chaos/check/history.ts';
import { LIVES } from '../chaos/check/lives.ts';
import type { Answer, JobView } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import { API_POINTS, SCHEDULER_POINTS, WORKER_POINTS } from './harness/fault-points.ts';
import { until } from './harness/until.ts';
import { startVictim, type Victim } from './harness/victim.ts';

type WorkerPoint = keyof typeof WORKER_POINTS;
type ApiPoint = keyof typeof API_POINTS;

/** What the job has in the end: how often it was claimed, and how many of these claims ended with their worker. */
const AFTER_WORKER: Record<WorkerPoint, { fence: number; crashes: number }> = {
  'before its claim is committed': { fence: 1, crashes: 0 },
  'after its claim was committed, before the job starts': { fence: 2, crashes: 1 },
  'after the claim, before Redis forgets the hint': { fence: 2, crashes: 1 },
  'after the effect, before its outcome is written': { fence: 2, crashes: 1 },
  'before the outcome is committed': { fence: 2, crashes: 1 },
  'after the outcome was committed': { fence: 1, crashes: 0 },
  'before a retry is committed': { fence: 3, crashes: 1 },
  'after a retry was committed, before the index is told': { fence: 2, crashes: 0 },
};
const WORKER_CASES = Object.keys(WORKER_POINTS) as WorkerPoint[];
const API_CASES = Object.keys(API_POINTS) as ApiPoint[];
const BACKOFF = { strategy: 'fixed', delay: '100ms', jitter: 0 };

/**
 * Programs killed exactly before and after each durable step. All victims die first, each with a job of its own; then
 * those that go on are started, and everything must end as if nothing had happened.
 */
describe('a program that is killed', () => {
  let cluster: Cluster;
  let lives: Lives;
  const victims: Victim[] = [];
  const jobOf = new Map<WorkerPoint | ApiPoint, string>();
  const secondAnswer = new Map<ApiPoint, Answer<JobView>>();

  beforeAll(async () => {
    const settings = { LEASE_TTL: '6s', TRANSITION_JOURNAL: 'true' };
    cluster = await Cluster.start({ schedulers: 0, workers: 0, settings });
    await Promise.all(WORKER_CASES.map(killWorker));
    await Promise.all(API_CASES.map(killApi));
    for (const point of Object.values(SCHEDULER_POINTS)) {
      const scheduler = await startVictim(cluster, 'scheduler', point);
      victims.push(scheduler);
      await scheduler.killed();
    }
    await Promise.all([cluster.add('scheduler'), cluster.add('worker')]);
    const unfinished = "SELECT id FROM jobs WHERE state IN ('pending', 'running') LIMIT 1";
    await until('all are finished', async () => (await cluster.database.rows(unfinished)).length === 0, 120_000);
    lives = await readLives(cluster.database);
  });

  afterAll(async () => {
    await cluster.stop();
    await Promise.all(victims.map((victim) => victim.close()));
  });

  async function killWorker(point: WorkerPoint): Promise<void> {
    const queue = `of-${WORKER_CASES.indexOf(point)}`;
    const first = await cluster.client.submit({ type: 'echo', queue, delay: '1h' }); // the queue has an index by then
    await cluster.client.call('POST', `/v1/jobs/${first.id}/cancel`);
    const victim = await startVictim(cluster, 'worker', WORKER_POINTS[point], { WORKER_QUEUES: queue });
    victims.push(victim);
    const retried = point.includes('retry');
    const { id } = await cluster.client.submit({
      type: retried ? 'flaky' : 'echo',
      payload: retried ? { failures: 1 } : {},
      backoff: BACKOFF,
      queue,
    });
    jobOf.set(point, id);
    await victim.killed();
  }

  /** Its caller hears nothing, or an answer if that was quicker, and asks another api again, with the same key. */
  async function killApi(point: ApiPoint): Promise<void> {
    const queue = `by-${API_CASES.indexOf(point)}`;
    await cluster.client.submit({ type: 'echo', queue }); // the queue is known by then: one transaction is left
    const victim = await startVictim(cluster, 'api', API_POINTS[point]);
    victims.push(victim);
    const call = { type: 'echo', id: randomUUID(), queue };
    const headers = { 'idempotency-key': call.id };
    const api = cluster.client.at(victim.program.url);
    await api.call('POST', '/v1/jobs', call, { headers }).catch(() => undefined);
    await victim.killed();
    jobOf.set(point, call.id);
    let answer = await cluster.client.call<JobView>('POST', '/v1/jobs', call, { headers });
    // 409: as far as anybody can know the first is still under way.
    const settled = async (): Promise<boolean> => {
      if (answer.status === 409) answer = await cluster.client.call<JobView>('POST', '/v1/jobs', call, { headers });
      return answer.status !== 409;
    };
    await until('the key is free', settled, 30_000);
    secondAnswer.set(point, answer);
  }

  it.each(WORKER_CASES)('as a worker %s, leaves a job that succeeds and counts each claim', async (point) => {
    const job = await cluster.client.read(jobOf.get(point) ?? '');
    const crashes = job.failures.filter(({ kind }) => kind === 'crashed').length;
    expect({ state: job.state, fence: job.fence, crashes }).toEqual({ state: 'succeeded', ...AFTER_WORKER[point] });
  });

  it.each(API_CASES)('as an api %s, leaves a submission that can be made again and runs once', async (point) => {
    const id = jobOf.get(point) ?? '';
    expect(secondAnswer.get(point)).toMatchObject({ status: 201, body: { id } });
    expect(await cluster.client.read(id)).toMatchObject({ state: 'succeeded', fence: 1, failures: [] });
    const replayed = secondAnswer.get(point)?.headers.get('idempotency-replayed');
    expect(replayed).toBe(point === 'before its submission is committed' ? null : 'true');
  });

  it('as a scheduler around its commit, leaves no job behind and takes none twice', () => {
    const crashes = [...lives.transitions.values()].flat().filter(({ event }) => event === 'crash');
    const expected = Object.values(AFTER_WORKER).reduce((sum, each) => sum + each.crashes, 0);
    expect(crashes).toHaveLength(expected);
  });

  it.each(LIVES)('breaks no invariant: $title', ({ check }) => {
    expect(lives.jobs.size).toBeGreaterThanOrEqual(WORKER_CASES.length + API_CASES.length);
    const broken = [...check(lives)].filter(({ says }) => !says.startsWith('its result was reached under fence'));
    expect(broken).toEqual([]);
  });

  it('counts every transition once', async () => {
    const { body } = await cluster.client.call<{ jobs: Record<string, number> }>('GET', '/v1/stats');
    const cancelled = WORKER_CASES.length;
    expect(body.jobs).toMatchObject({ succeeded: lives.jobs.size - cancelled, cancelled, running: 0, ready: 0 });
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Redis } from 'ioredis';
import { Cluster } from './harness/cluster.ts';
import { WITH_TRIAL_HANDLERS } from './harness/program.ts';
import { endsByPolicy, randomGraph, type Graph } from './harness/random-graph.ts';
import { until } from './harness/until.ts';

/** HOLDFAST_E2E_GRAPH=1000 makes it a large one; HOLDFAST_E2E_SEED makes it the same graph again. */
const JOBS = Number(process.env['HOLDFAST_E2E_GRAPH'] ?? 80);
const SEED = Number(process.env['HOLDFAST_E2E_SEED'] ?? Date.now() % 100_000);
const MEDDLE_EVERY_MS = 1_500;
const KILLS = Math.max(2, Math.floor(JOBS / 100));
/** Leases run out soon, and no job is taken for the cause of a loss. */
const SETTINGS = { LEASE_TTL: '3s', MAX_CRASHES: '100', TRANSITION_JOURNAL: 'true', WORKER_CONCURRENCY: '10' };

interface Workflow {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly nodes: readonly { readonly name: string; readonly state: string }[];
}

describe('a workflow', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  const submit = async (name: string, jobs: object): Promise<{ id: string; jobs: Record<string, string> }> => {
    const { status, body } = await cluster.client.call<{ id: string; jobs: Record<string, string> }>(
      'POST',
      '/v1/workflows',
      { name, jobs },
    );
    if (status !== 201) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const read = async (id: string): Promise<Workflow> =>
    (await cluster.client.call<Workflow>('GET', `/v1/workflows/${id}`)).body;
  const finished = async (id: string, withinMs: number): Promise<Workflow> => {
    let workflow = await read(id);
    const ended = async (): Promise<boolean> => (workflow = await read(id)).state !== 'running';
    await until(`the workflow ends: ${JSON.stringify(workflow.counts)}`, ended, withinMs);
    return workflow;
  };

  /** Kills a worker and wipes Redis, again and again. */
  async function meddle(): Promise<void> {
    const redis = new Redis(cluster.redis?.url ?? '');
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(MEDDLE_EVERY_MS);
      await redis.flushall();
      await cluster.running('worker')[0]?.kill();
      await cluster.add('worker');
    }
    redis.disconnect();
  }

  async function startedTooEarly(): Promise<Row[]> {
    return cluster.database.rows(`
      SELECT HEX(begun.job_id) AS job, HEX(dependencies.depends_on) AS other FROM job_transitions AS begun
      JOIN dependencies ON dependencies.job_id = begun.job_id
      LEFT JOIN job_transitions AS ended ON ended.job_id = dependencies.depends_on AND ended.id < begun.id
        AND ended.to_state IN ('succeeded', 'dead', 'cancelled', 'expired')
      WHERE begun.event = 'claim' AND ended.id IS NULL`);
  }

  it(`of ${JOBS} jobs with failures ends as its policy says, though workers are killed and Redis is wiped`, async () => {
    process.stdout.write(`graph of ${JOBS} jobs, seed ${SEED}\n`);
    cluster = await Cluster.start({ ownRedis: true, workers: 2, settings: SETTINGS });
    const graph: Graph = randomGraph(JOBS, SEED);
    const { id } = await submit('random', graph);
    await meddle();
    const { nodes } = await finished(id, 60_000 + 300 * JOBS);
    expect(Object.fromEntries(nodes.map(({ name, state }) => [name, state]))).toEqual(endsByPolicy(graph));
    expect(await startedTooEarly()).toEqual([]);
    const decidedTwice = await cluster.database.rows(
      "SELECT job_id FROM job_transitions WHERE from_state = 'blocked' GROUP BY job_id HAVING COUNT(*) > 1",
    );
    expect(decidedTwice).toEqual([]);
  });

  it('grows from within, and its jobs read what those before them returned', async () => {
    cluster = await Cluster.start({ workers: 0 });
    await cluster.add('worker', 1, {}, WITH_TRIAL_HANDLERS);
    const { id, jobs } = await submit('fan-out', {
      split: { type: 'trial.split', payload: { parts: 20 } },
      sum: { type: 'trial.sum', dependsOn: ['*'] },
    });
    expect(await finished(id, 30_000)).toMatchObject({ state: 'succeeded', counts: { succeeded: 22 } });
    expect((await cluster.client.read(jobs['sum'] ?? '')).result).toEqual({ sum: 190, names: 21 });
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import type { JobView } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import { WITH_TRIAL_HANDLERS, type Program } from './harness/program.ts';

const GOOD = { type: 'sleep', payload: { duration: '500ms' } };
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=150' };

describe('a job that ends the process that runs it', () => {
  let cluster: Cluster;
  let supervising: boolean;

  afterEach(() => {
    supervising = false;
    return cluster.stop();
  });

  async function startWorkers(count: number, settings: NodeJS.ProcessEnv): Promise<Program[]> {
    cluster = await Cluster.start({ workers: 0, settings: { LEASE_TTL: '2s' } });
    supervising = true;
    return startSupervised(count, settings);
  }

  /** Starts a worker again whenever it ends, as an operator's supervisor would. */
  async function startSupervised(count: number, settings: NodeJS.ProcessEnv): Promise<Program[]> {
    const workers = await cluster.add('worker', count, settings, WITH_TRIAL_HANDLERS);
    for (const worker of workers) {
      void worker.exited.then(() => (supervising ? startSupervised(1, settings) : undefined));
    }
    return workers;
  }

  it.each(['abort', 'memory'])(
    'by %s is dead after its third crash, and the jobs that ran beside it succeed',
    async (how) => {
      const before = await startWorkers(2, how === 'memory' ? SMALL_HEAP : {});
      const good = await cluster.client.submitBatch(Array.from({ length: 15 }, () => GOOD));
      const poison = await cluster.client.submit({ type: 'trial.crash', payload: { how }, timeout: '2m' });
      good.push(...(await cluster.client.submitBatch(Array.from({ length: 15 }, () => GOOD))));
      const dead = await cluster.client.untilFinished(poison.id, 120_000);
      expect(dead).toMatchObject({ state: 'dead', attempt: 0 });
      expect(dead.failures.map(({ kind }) => kind)).toEqual(['crashed', 'crashed', 'crashed']);
      const jobs: JobView[] = [];
      for (const id of good) jobs.push(await cluster.client.untilFinished(id, 60_000));
      expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['succeeded']));
      // once with the worker, and once at most where those ran that were lost with it
      expect(Math.max(...jobs.map(({ failures }) => failures.length))).toBeLessThanOrEqual(2);
      expect(before.filter(({ running }) => !running)).toHaveLength(1); // the first crash; the others hit nobody
    },
  );
});

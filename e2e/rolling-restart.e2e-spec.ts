import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import type { Client } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import type { ProgramName } from './harness/program.ts';
import { until } from './harness/until.ts';

const SECONDS = Number(process.env['HOLDFAST_E2E_SECONDS'] ?? 15);
/** Two callers ask for about half of what two workers can do. */
const SUBMIT_EVERY_MS = 200;
const BATCH = Array.from({ length: 20 }, (_, n) => ({ type: 'sleep', payload: { duration: `${n * 20}ms` } }));
const ROUND: readonly ProgramName[] = ['worker', 'scheduler', 'worker', 'api'];

describe('a rolling restart under load', () => {
  let cluster: Cluster;
  let submitting = true;
  let accepted = 0;

  beforeAll(async () => {
    cluster = await Cluster.start({ workers: 2, settings: { LOG_LEVEL: 'info' } });
  });

  afterAll(() => cluster.stop());

  /** As a deployment does: the new one is ready before the old one is told to stop. */
  async function replace(name: ProgramName): Promise<void> {
    const [old] = cluster.running(name);
    await cluster.add(name);
    expect(await old?.stop()).toEqual({ code: 0, signal: null });
  }

  /** As a load balancer does: each call goes to the api that came last. */
  async function submit(client: Client): Promise<void> {
    while (submitting) {
      const ids = await client.at(cluster.running('api').at(-1)?.url ?? '').submitBatch(BATCH);
      accepted += ids.length;
      await pause(SUBMIT_EVERY_MS);
    }
  }

  it('costs no job an attempt, loses none and leaves none to be taken for crashed', async () => {
    const load = Promise.all([submit(cluster.client), submit(cluster.client)]);
    const end = performance.now() + SECONDS * 1_000;
    for (let turn = 0; turn < ROUND.length || performance.now() < end; turn++) {
      await replace(ROUND[turn % ROUND.length] ?? 'worker');
    }
    submitting = false;
    await load;
    const counted = async (condition: string): Promise<number> => {
      const [row] = await cluster.database.rows<Row & { n: number }>(
        `SELECT COUNT(*) AS n FROM jobs WHERE ${condition}`,
      );
      return row?.n ?? -1;
    };
    await until(
      'every accepted job succeeded',
      async () => (await counted("state = 'succeeded'")) === accepted,
      60_000,
    );
    expect(await counted('TRUE')).toBe(accepted);
    expect(await counted('attempt <> 1 OR crashes > 0')).toBe(0);
    expect(await cluster.database.rows<Row>('SELECT * FROM job_failures')).toEqual([]);
  });
});

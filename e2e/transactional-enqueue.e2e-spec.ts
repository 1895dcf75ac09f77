import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mysql from 'mysql2/promise';
import { Cluster } from './harness/cluster.ts';

/** As docs/transactional-enqueue.md shows it. */
const INSERT =
  "INSERT INTO jobs (id, type, payload, queue, run_at) VALUES (UNHEX(REPLACE(?, '-', '')), 'echo', '{}', ?, ?)";
const SECOND = 1_000;

describe('a job inserted by plain SQL in a transaction of its caller', () => {
  let cluster: Cluster;
  let caller: mysql.Connection;

  beforeAll(async () => {
    cluster = await Cluster.start();
    caller = await mysql.createConnection({ uri: cluster.databaseUrl, timezone: 'Z' });
    await caller.query('CREATE TABLE orders (id INT PRIMARY KEY)');
  });

  afterAll(async () => {
    await caller.end();
    await cluster.stop();
  });

  async function insert(order: number, { queue = 'default', inMs = 0 } = {}): Promise<string> {
    const id = randomUUID();
    await caller.beginTransaction();
    await caller.query('INSERT INTO orders VALUES (?)', [order]);
    await caller.query(INSERT, [id, queue, new Date(Date.now() + inMs)]);
    return id;
  }

  it('runs once the transaction is committed, also in a queue that nobody knew', async () => {
    for (const [order, queue] of ['default', 'by-sql'].entries()) {
      const id = await insert(order, { queue });
      await caller.commit();
      expect(await cluster.client.untilFinished(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
    }
  });

  it('was never there if the transaction was rolled back', async () => {
    const id = await insert(10);
    await caller.rollback();
    const later = await insert(11);
    await caller.commit();
    await cluster.client.untilFinished(later); // whatever would find the one would have found the other
    expect((await cluster.client.call('GET', `/v1/jobs/${id}`)).status).toBe(404);
  });

  it('starts when it is due, and not before', async () => {
    const id = await insert(20, { inMs: 4 * SECOND });
    await caller.commit();
    const { runAt, startedAt } = await cluster.client.untilFinished(id);
    const late = Date.parse(startedAt ?? '') - Date.parse(runAt);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(5 * SECOND);
  });
});

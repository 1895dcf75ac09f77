import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { readLives } from '../chaos/check/history.ts';
import { LIVES } from '../chaos/check/lives.ts';
import { Cluster } from './harness/cluster.ts';
import { SCHEDULER_POINTS } from './harness/fault-points.ts';
import type { Program } from './harness/program.ts';
import { until } from './harness/until.ts';
import { startOverheard, type Overheard } from './harness/victim.ts';

const LONG = { type: 'sleep', payload: { duration: '2m' }, timeout: '5m' };
const REMOVES_LOST_WORKERS = 'DELETE FROM workers';
const LOOKS_FOR_ORPHANS = 'LEFT JOIN workers ON workers.id = jobs.worker_id';

/** Whichever of the two wins the pass is the one to which it happens. */
describe('of two schedulers', () => {
  let cluster: Cluster;
  let both: Overheard[];

  beforeAll(async () => {
    const settings = { LEASE_TTL: '3s', TRANSITION_JOURNAL: 'true' };
    cluster = await Cluster.start({ schedulers: 0, workers: 0, settings });
    both = await Promise.all([1, 2].map(() => startOverheard(cluster, 'scheduler')));
  });

  afterAll(async () => {
    await cluster.stop();
    await Promise.all(both.map(({ close }) => close()));
  });

  /** A job whose worker is killed while it runs. */
  async function loseAWorker(): Promise<string> {
    const [worker] = await cluster.add('worker');
    const { id } = await cluster.client.submit(LONG);
    await cluster.client.untilState(id, 'running');
    await worker?.kill();
    return id;
  }

  const runsOf = (program: Program): number =>
    program.log().filter(({ msg, pass }) => msg === 'pass done' && pass === 'reap-lost-workers').length;

  async function crashesOf(id: string): Promise<number> {
    const [row] = await cluster.database.rows<Row & { n: number }>(
      "SELECT COUNT(*) AS n FROM job_transitions WHERE job_id = UNHEX(?) AND event = 'crash'",
      [id.replaceAll('-', '')],
    );
    return row?.n ?? -1;
  }

  it('one that is frozen amid a pass leaves the work to the other, and writes nothing stale when it goes on', async () => {
    let frozen: Program | undefined;
    const foundLost = new Set<Program>();
    for (const { program, database } of both) {
      const matches = (message: string): boolean => {
        if (message.includes(REMOVES_LOST_WORKERS)) foundLost.add(program);
        if (frozen || !foundLost.has(program) || !message.includes(LOOKS_FOR_ORPHANS)) return false;
        frozen = program;
        process.kill(program.pid, 'SIGSTOP'); // the answer, which names the orphan, waits for it
        return false;
      };
      database.set({ at: 'request', matches, spring: () => undefined });
    }
    const orphan = await loseAWorker();
    await until('one is frozen', () => frozen !== undefined, 30_000);
    const dueSoon = await cluster.client.submit({ type: 'echo', delay: '300ms' });
    const deadline = new Date(Date.now() + 3_000).toISOString();
    const overdue = await cluster.client.submit({ type: 'known.to.nobody', deadline });
    await cluster.add('worker');
    await until('it runs again', async () => (await cluster.client.read(orphan)).fence === 2, 30_000);
    expect(await cluster.client.untilFinished(dueSoon.id)).toMatchObject({ state: 'succeeded' });
    expect(await cluster.client.untilFinished(overdue.id)).toMatchObject({ state: 'expired' });
    const before = runsOf(frozen as unknown as Program);
    (frozen as unknown as Program).signal('SIGCONT').catch(() => undefined);
    await until('it runs passes again', () => runsOf(frozen as unknown as Program) > before + 1, 30_000);
    expect(await cluster.client.read(orphan)).toMatchObject({
      state: 'running',
      fence: 2,
      failures: [{ kind: 'crashed' }],
    });
    expect(await crashesOf(orphan)).toBe(1);
    await cluster.client.call('POST', `/v1/jobs/${orphan}/cancel`);
    await cluster.client.untilFinished(orphan);
  });

  it('one that is killed before it commits leaves the work to the other, which does it once', async () => {
    let killed: Program | undefined;
    const { at, matches } = SCHEDULER_POINTS['before it commits what it takes from lost workers'];
    for (const { program, database } of both) {
      const spring = (): void => {
        killed = program;
        void program.kill();
      };
      database.clear();
      database.set({ at, matches: (...message) => !killed && matches(...message), spring });
    }
    for (const worker of cluster.running('worker')) await worker.stop();
    const orphan = await loseAWorker();
    await until('one is killed', () => killed !== undefined && !killed.running, 30_000);
    await cluster.add('worker');
    await until('it runs again', async () => (await cluster.client.read(orphan)).fence === 2, 30_000);
    expect(await crashesOf(orphan)).toBe(1);
    await cluster.client.call('POST', `/v1/jobs/${orphan}/cancel`);
    expect(await cluster.client.untilFinished(orphan)).toMatchObject({ state: 'cancelled', fence: 2 });
  });

  it.each(LIVES)('no invariant is broken: $title', async ({ check }) => {
    const lives = await readLives(cluster.database);
    expect(lives.jobs.size).toBeGreaterThan(3);
    expect([...check(lives)].filter(({ says }) => !says.startsWith('its result was reached under fence'))).toEqual([]);
  });
});

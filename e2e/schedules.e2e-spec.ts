import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

interface Tick {
  readonly plannedAt: string;
  readonly outcome: string;
  readonly jobId: string;
}

interface Schedule {
  readonly id: string;
  readonly name: string;
  readonly nextAt: string;
}

const SECOND = 1_000;
/** How many schedulers are killed together, one time after the other. */
const KILLS = [1, 3, 1];
const KILL_EVERY_MS = 2_000;
/** Longer than from one tick to the next. */
const SILENCE_MS = 2_500;
const MADE_UP = { job: { type: 'echo' }, misfire: 'all', misfireLimit: 1_000 };

describe('three schedulers, of which one is killed every few seconds, and once all', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  const create = async (schedule: object): Promise<Schedule> => {
    const { status, body } = await cluster.client.call<Schedule>('POST', '/v1/schedules', schedule);
    if (status !== 201) throw new Error(`not made: ${JSON.stringify(body)}`);
    return body;
  };

  const isDecided = async ({ name }: Schedule, end: number): Promise<boolean> => {
    const { body } = await cluster.client.call<Schedule>('GET', `/v1/schedules/${name}`);
    return Date.parse(body.nextAt) > end;
  };

  /** Every tick up to an instant, the oldest first, as the api tells of it. */
  const ticksOf = async ({ name }: Schedule, end: number): Promise<Tick[]> => {
    const query = `limit=200&until=${new Date(end + 1).toISOString()}`;
    const { body } = await cluster.client.call<{ items: Tick[] }>('GET', `/v1/schedules/${name}/occurrences?${query}`);
    return [...body.items].reverse();
  };

  it('miss no tick and fire none twice', async () => {
    cluster = await Cluster.start({ schedulers: 3 });
    const schedules = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        create({ ...MADE_UP, name: `s${n}`, ...(n % 2 === 0 ? { every: '1s' } : { cron: '* * * * * *' }) }),
      ),
    );
    for (const victims of KILLS) {
      await pause(KILL_EVERY_MS);
      await Promise.all(
        cluster
          .running('scheduler')
          .slice(0, victims)
          .map((scheduler) => scheduler.kill()),
      );
      if (cluster.running('scheduler').length === 0) await pause(SILENCE_MS);
      await Promise.all(Array.from({ length: victims }, () => cluster.launch('scheduler')));
    }
    await Promise.all(cluster.running('scheduler').map((scheduler) => scheduler.untilReady()));
    const end = Date.now();
    for (const schedule of schedules) {
      const first = Date.parse(schedule.nextAt);
      const expected = Array.from({ length: Math.floor((end - first) / SECOND) + 1 }, (_, n) => first + n * SECOND);
      await until(`every tick of ${schedule.name} is decided`, () => isDecided(schedule, end), 30_000);
      const ticks = await ticksOf(schedule, end);
      expect(ticks.map(({ plannedAt }) => Date.parse(plannedAt))).toEqual(expected);
      expect(new Set(ticks.map(({ outcome }) => outcome))).toEqual(new Set(['fired']));
    }
    const doubled = await cluster.database.rows<Row>(
      'SELECT schedule_id, planned_at FROM jobs GROUP BY schedule_id, planned_at HAVING COUNT(*) > 1',
    );
    expect(doubled).toEqual([]);
    const lost = await cluster.database.rows<Row>(
      `SELECT planned_at FROM occurrences WHERE outcome = 'fired'
       AND NOT EXISTS (SELECT 1 FROM jobs WHERE id = job_id AND jobs.planned_at = occurrences.planned_at)`,
    );
    expect(lost).toEqual([]);
    const [last] = (await ticksOf(schedules[0] as Schedule, end)).slice(-1);
    expect(await cluster.client.untilFinished(last?.jobId ?? '')).toMatchObject({ state: 'succeeded' });
  });
});

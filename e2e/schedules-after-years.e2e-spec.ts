import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { bruteForce, WallClock } from '../libs/calendar/src/testing/brute-force.ts';
import type { Answer } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import { DecidedTicks } from './harness/decided-ticks.ts';
import { expectedOf } from './harness/expected-ticks.ts';
import { FIRING_POINTS } from './harness/fault-points.ts';
import { plansOf, type Plan } from './harness/scheduled-years.ts';
import { startVictim, type Victim } from './harness/victim.ts';

/** HOLDFAST_E2E_YEARS=3 makes it 200 expressions over three years: a quarter of an hour. */
const YEARS = Number(process.env['HOLDFAST_E2E_YEARS'] ?? 0);
const IS_LARGE = YEARS > 0;
const PLANS = plansOf(IS_LARGE ? 200 : 36);
/** Else two weeks in which seven of the zones change their clocks. */
const [START, END] = IS_LARGE
  ? [Date.UTC(2023, 0, 1), Date.UTC(2023 + YEARS, 0, 1)]
  : [Date.UTC(2024, 2, 29), Date.UTC(2024, 3, 12)];
const KILL_EVERY_MS = IS_LARGE ? 10_000 : 1_000;
const FAULTS_SHOWN = 20;

jest.setTimeout(IS_LARGE ? 3_600_000 : 180_000);

describe('schedules that no scheduler looked at for a long time', () => {
  let cluster: Cluster;
  const ids = new Map<Plan, string>();
  const clocks = new Map<string, WallClock>();
  const victims: Victim[] = [];

  beforeAll(async () => {
    cluster = await Cluster.start({ schedulers: 0, workers: 0 });
    await Promise.all(PLANS.map(create));
    const points = Object.values(FIRING_POINTS);
    victims.push(...(await Promise.all(points.map((point) => startVictim(cluster, 'scheduler', point)))));
    await cluster.database.change('UPDATE schedules SET next_at = ?, wake_at = ?', [new Date(START), new Date(START)]);
    await cluster.client.call('PATCH', '/v1/schedules/plan-0', {}); // whoever rests for want of schedules is told
    await Promise.all(victims.map((victim) => victim.killed()));
    await cluster.add('scheduler', 3);
    let kills = 0;
    await pause(KILL_EVERY_MS);
    while (!(await isEachDecided())) {
      await cluster.running('scheduler')[0]?.kill();
      await cluster.add('scheduler');
      kills += 1;
      await pause(KILL_EVERY_MS);
    }
    tell(`two schedulers killed at their points, ${kills} in turn`);
  });

  afterAll(async () => {
    await cluster.stop();
    await Promise.all(victims.map((victim) => victim.close()));
  });

  it('have each tick decided once, as their policies say, whenever a scheduler is killed', async () => {
    expect(await faultsOf(PLANS)).toEqual([]);
  });

  it('run each tick that was skipped once, however often they are backfilled', async () => {
    const missed = PLANS.filter(({ misfire }) => misfire === 'none');
    for (const plan of missed) await Promise.all([backfill(plan), backfill(plan)]);
    expect(await faultsOf(missed, { 'skipped: misfire': 'backfilled' })).toEqual([]);
  });

  /** Its end lies in the past: there must have been a tick ahead when it was made, but no scheduler was there to see it. */
  async function create(plan: Plan): Promise<void> {
    const { meant, ...rest } = plan;
    const job = { type: 'echo' };
    const schedule = { ...rest, cron: meant.text, job, startAt: timeOf(START) };
    const { status, body } = await cluster.client.call<{ id: string }>('POST', '/v1/schedules', schedule);
    if (status !== 201) throw new Error(`not made: ${JSON.stringify(body)}`);
    await cluster.client.call('PATCH', `/v1/schedules/${body.id}`, { endAt: timeOf(END - 1) });
    ids.set(plan, body.id);
  }

  async function backfill(plan: Plan): Promise<void> {
    for (let from: string | null = timeOf(START); from !== null;) {
      const answer: Answer<{ nextFrom: string | null }> = await cluster.client.call(
        'POST',
        `/v1/schedules/${plan.name}/backfill`,
        { from, until: timeOf(END) },
      );
      if (answer.status !== 200) throw new Error(`not backfilled: ${JSON.stringify(answer.body)}`);
      from = answer.body.nextFrom;
    }
  }

  /** @param changed what became of some ticks since, by what became of them at first */
  async function faultsOf(plans: readonly Plan[], changed: Readonly<Record<string, string>> = {}): Promise<string[]> {
    const decided = await DecidedTicks.read(cluster.database);
    const found: string[] = [];
    let ticks = 0;
    for (const plan of plans) {
      const expected = [...expectedOf(bruteForce(clockOf(plan), plan.meant), plan)].map(({ at, outcomes }) => {
        return { at, outcomes: outcomes.map((outcome) => changed[outcome] ?? outcome) };
      });
      ticks += expected.length;
      const faults = await decided.faults(ids.get(plan) ?? '', expected);
      found.push(...faults.map((fault) => `${JSON.stringify({ ...plan, meant: plan.meant.text })}: ${fault}`));
    }
    expect(ticks).toBeGreaterThan(plans.length);
    tell(`${ticks} ticks, ${decided.jobs} jobs`);
    return found.slice(0, FAULTS_SHOWN);
  }

  /** A tick that waits for a job that is cancelled for it is decided when it has run. */
  async function isEachDecided(): Promise<boolean> {
    const [row] = await cluster.database.rows<Row & { n: number }>(
      `SELECT COUNT(*) AS n FROM schedules WHERE next_at IS NOT NULL
       OR (queued_at IS NOT NULL AND definition LIKE '%"overlap":"cancel"%')`,
    );
    return row?.n === 0;
  }

  function clockOf({ timezone }: Plan): WallClock {
    const clock = clocks.get(timezone) ?? new WallClock(timezone, START, END);
    clocks.set(timezone, clock);
    return clock;
  }
});

function tell(text: string): void {
  if (IS_LARGE) process.stdout.write(`${text}\n`);
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

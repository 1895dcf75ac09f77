import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Database, DATABASE_DEFAULTS } from '@holdfast/persistence';
import type { Lifetime } from '../tools/setup/lifetime.ts';
import { check, type Verdict } from './check/check.ts';
import { readHistory, type History, type Observations } from './check/history.ts';
import { Driver } from './driver/driver.ts';
import type { DriverEvent, NemesisEvent } from './history/events.ts';
import { EventLog } from './history/event-log.ts';
import { choose, Nemesis } from './nemesis/nemesis.ts';
import type { Options } from './options.ts';
import { Random } from './random.ts';
import { commitOf } from './report.ts';
import { observe } from './rest.ts';
import { provideDatabase, provideRedis, sql } from './system/servers.ts';
import { System, type Ground } from './system/system.ts';

export interface Outcome {
  readonly history: History;
  readonly verdicts: readonly Verdict[];
  readonly servers: string;
}

/** One run: load and faults together, then peace, then the truth. */
export async function run(
  { directory, build }: { directory: string; build: string },
  options: Options,
  lifetime: Lifetime,
  say: (line: string) => void,
): Promise<Outcome> {
  const ground = await layGround(directory, build, options);
  const system = await System.start(ground);
  const { faults, skipped } = choose(ground, options.faults);
  say(`${faults.length} kinds of faults for ${options.minutes} min`);
  await disturb(system, options, faults, lifetime);
  say('faults over: waiting until everything is finished');
  const database = new Database({
    ...DATABASE_DEFAULTS,
    url: ground.database.url,
    connections: 2,
    statementTimeoutMs: 60_000,
  });
  const atRest = await observe(system, database);
  const unwell = [...atRest.unwell, ...(await system.stop()).map((text) => `did not end with 0: ${text}`)];
  const observations: Observations = { ...atRest, unwell, skipped, faults: faults.map(({ name }) => name) };
  const history = await readHistory(directory, database, await ground.redis.masters(), observations);
  await database.close();
  const servers = await describe(ground);
  await ground.redis.stop();
  await ground.database.own?.stop();
  return { history, verdicts: check(history), servers };
}

async function layGround(directory: string, build: string, options: Options): Promise<Ground> {
  const [database, redis] = await Promise.all([provideDatabase(directory, options), provideRedis(directory, options)]);
  const older = options.older === undefined ? undefined : path.resolve(options.older);
  return { directory, build, older, run: randomBytes(4).toString('hex'), database, redis };
}

/** The load goes on until the last fault is over. */
async function disturb(
  system: System,
  { seed, minutes }: Options,
  faults: ConstructorParameters<typeof Nemesis>[3],
  lifetime: Lifetime,
): Promise<void> {
  const random = new Random(seed);
  const { directory, run: name } = system.ground;
  const driverLog = new EventLog<DriverEvent>(path.join(directory, 'driver', 'driver.jsonl'), name);
  const nemesisLog = new EventLog<NemesisEvent>(path.join(directory, 'nemesis', 'nemesis.jsonl'), name);
  const driver = new Driver(system, driverLog, random.fork());
  const nemesis = new Nemesis(system, nemesisLog, random.fork(), faults);
  const load = new AbortController();
  await driver.limitQueue();
  const driving = driver.run(AbortSignal.any([load.signal, lifetime.signal]));
  const over = AbortSignal.any([AbortSignal.timeout(minutes * 60_000), lifetime.signal]);
  await Promise.all([nemesis.run(over), untilAborted(over)]);
  // Of the last jobs nobody tells the index, and no fault follows that would have it built anew.
  for (let n = 0; n < 5; n++) await driver.perform('insert-by-sql');
  load.abort();
  await driving;
  await driver.resumeAll();
  for (const log of [driverLog, nemesisLog]) log.close();
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pause(50);
}

async function describe({ database, redis, older }: Ground): Promise<string> {
  const [row] = await sql<{ version: string }>(database.url, 'SELECT VERSION() AS version');
  const index = redis.own ? 'Redis of its own' : redis.nodes.length > 0 ? `Redis ${redis.kind}` : 'a given Redis';
  return `database ${row?.version ?? 'unknown'}, ${index}${older === undefined ? '' : `, beside ${commitOf(older)}`}`;
}

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { migrateUp } from '@holdfast/persistence/schema';
import { Client, JWT_SECRET } from '../e2e/harness/client.ts';
import { Program, WITH_TRIAL_HANDLERS } from '../e2e/harness/program.ts';
import { until } from '../e2e/harness/until.ts';
import { countUnfinished, readBooks, type Books } from './books.ts';
import { Load } from './load.ts';
import type { Scenario, Stage } from './scenario.ts';
import { Watch } from './watch.ts';

export interface Finding extends Books {
  readonly scenario: Scenario;
  readonly how: string;
  readonly accepted: number;
  readonly refused: number;
  /** The longest time in which no submission was accepted. */
  readonly refusedMs: number;
  /** From the loss until another server had its place: what whoever watches the servers takes. */
  readonly takenOverAfterMs: number;
  /** From the loss until the system said `normal` for good. */
  readonly normalAfterMs: number;
  readonly modes: readonly string[];
  /** The counters that grew meanwhile, and by how much. */
  readonly told: ReadonlyMap<string, number>;
  /** Empty: every promise was kept. */
  readonly broken: readonly string[];
}

const WARM_UP_MS = 5_000;
/** After the promotion, under load. */
const AFTERWARDS_MS = 20_000;
const NORMAL_WITHIN_MS = 30_000;
const FINISHED_WITHIN_MS = 90_000;

/** Runs the whole system on a stage under load, loses a server, and reads what became of every job. */
export async function tryFailover(scenario: Scenario, directory: string): Promise<Finding> {
  const stage = await scenario.prepare(directory);
  const programs: Program[] = [];
  try {
    await migrateUp(stage.databaseUrl);
    programs.push(...(await startPrograms(stage, directory)));
    return await underLoad(scenario, stage, programs, directory);
  } finally {
    await Promise.all(programs.filter(({ running }) => running).map((program) => program.stop()));
    await stage.stop();
  }
}

async function underLoad(
  scenario: Scenario,
  stage: Stage,
  programs: readonly Program[],
  directory: string,
): Promise<Finding> {
  const client = await Client.of(programs.find(({ name }) => name === 'api')?.url ?? '');
  const ledger = path.join(directory, 'ledger');
  const load = new Load(client, ledger);
  const watch = new Watch(client, programs);
  load.start();
  await pause(WARM_UP_MS);
  await watch.start();
  const failedAt = Date.now();
  const how = await stage.fail();
  const takenOverAt = Date.now();
  await pause(AFTERWARDS_MS);
  await load.stop();
  const finished = async (): Promise<boolean> => (await countUnfinished(stage.truthUrl())) === 0;
  await until('every job that is there is finished', finished, FINISHED_WITHIN_MS).catch(() => undefined);
  await watch.stop();
  const books = await readBooks(stage.truthUrl(), load.accepted.keys(), ledger);
  const figures = {
    ...{ scenario, how, accepted: load.accepted.size, refused: load.refused, refusedMs: load.longestPause },
    ...books,
    takenOverAfterMs: takenOverAt - failedAt,
    normalAfterMs: Math.max(0, watch.lastTrouble - failedAt),
    modes: [...watch.modes],
    told: watch.told,
  };
  return { ...figures, broken: judge(figures) };
}

type Figures = Omit<Finding, 'broken'>;

function judge(figures: Figures): string[] {
  const { scenario, refused, lost, unfinished, notSucceeded, recordedTwice, stepsTwice, normalAfterMs, told } = figures;
  const faults: [boolean, string][] = [
    [!scenario.mayLose && lost.length > 0, `${lost.length} accepted jobs lost, such as ${lost[0] ?? ''}`],
    [unfinished > 0, `${unfinished} jobs not finished`],
    [notSucceeded > unfinished, `${notSucceeded - unfinished} jobs did not succeed`],
    [recordedTwice > 0, `${recordedTwice} outcomes recorded twice`],
    [!scenario.mayLose && stepsTwice.length > 0, `${stepsTwice.length} recorded steps executed again`],
    [normalAfterMs > NORMAL_WITHIN_MS, `not normal within ${NORMAL_WITHIN_MS / 1000} s`],
    [told.size === 0 && (refused > 0 || normalAfterMs > 0), 'no counter tells of it'],
  ];
  return faults.flatMap(([isSo, fault]) => (isSo ? [fault] : []));
}

/** Two of what can fail over by itself; every setting that is not said here has its default. */
async function startPrograms({ databaseUrl, redisUrl }: Stage, directory: string): Promise<Program[]> {
  const folder = path.join(directory, 'programs');
  mkdirSync(folder, { recursive: true });
  const settings = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, JWT_SECRET, TRANSITION_JOURNAL: 'true' };
  const names = ['api', 'scheduler', 'scheduler', 'worker', 'worker'] as const;
  return Promise.all(
    names.map((name) => Program.start(name, folder, settings, name === 'worker' ? WITH_TRIAL_HANDLERS : {})),
  );
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Ground } from './ground.ts';
import type { Options } from './options.ts';
import type { Contender, MakeScenario, Scenario } from './scenario.ts';
import { backlog } from './scenarios/f-backlog.ts';
import { bulkEnqueue } from './scenarios/a-bulk-enqueue.ts';
import { delayedJobs } from './scenarios/e-delayed.ts';
import { drain } from './scenarios/c-drain.ts';
import { heartbeat } from './scenarios/i-heartbeat.ts';
import { limits } from './scenarios/k-limits.ts';
import { memory } from './scenarios/g-memory.ts';
import { oneByOne } from './scenarios/b-one-by-one.ts';
import { pickUp } from './scenarios/d-pick-up.ts';
import { rebuild } from './scenarios/h-rebuild.ts';
import { withoutRedis } from './scenarios/j-without-redis.ts';
import type { Result } from './table.ts';

export const SCENARIOS: Readonly<Record<string, MakeScenario>> = {
  a: bulkEnqueue,
  b: oneByOne,
  c: drain,
  d: pickUp,
  e: delayedJobs,
  f: backlog,
  g: memory,
  h: rebuild,
  i: heartbeat,
  j: withoutRedis,
  k: limits,
};

/** Disks and servers finish what the one before has left them. */
const REST_MS = 1_000;

export type Tell = (line: string) => void;

/** Runs every contender once a round, each round beginning with another one, so that a slow minute hits all alike. */
export async function runScenario(make: MakeScenario, ground: Ground, options: Options, tell: Tell): Promise<Result> {
  const scenario = narrowed(make(ground, options), options.with);
  const samples = new Map<string, Map<string, number[]>>();
  const measure = async (contender: Contender, round: number): Promise<void> => {
    await pause(options.quick ? 0 : REST_MS);
    const reading = await contender.measure();
    const own = samples.get(contender.name) ?? new Map<string, number[]>();
    samples.set(contender.name, own);
    for (const [name, value] of Object.entries(reading)) own.set(name, [...(own.get(name) ?? []), value]);
    tell(
      `(${scenario.letter}) round ${round}/${options.rounds}  ${contender.name.padEnd(24)} ${shown(scenario, reading)}`,
    );
  };
  if (scenario.inOrder) await oneAfterTheOther(scenario, options.rounds, measure);
  else await alternating(scenario, options.rounds, measure);
  return { scenario, samples };
}

/** What builds on its predecessors cannot be narrowed. */
function narrowed(scenario: Scenario, names: readonly string[] | undefined): Scenario {
  if (names === undefined || scenario.inOrder) return scenario;
  const wanted = ({ name }: Contender): boolean => names.some((part) => name.toLowerCase().includes(part));
  const contenders = scenario.contenders.filter((each, index) => index === 0 || wanted(each));
  const there = (name: string | undefined): boolean =>
    name === undefined || contenders.some((each) => each.name === name);
  return {
    ...scenario,
    contenders,
    goals: scenario.goals.filter((goal) => there(goal.contender) && there(goal.against)),
  };
}

type MeasureOne = (contender: Contender, round: number) => Promise<void>;

async function alternating({ contenders }: Scenario, rounds: number, measure: MeasureOne): Promise<void> {
  for (const contender of contenders) await contender.prepare?.();
  for (let round = 1; round <= rounds; round++) {
    const first = (round - 1) % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)])
      await measure(contender, round);
  }
  for (const contender of contenders) await contender.finish?.();
}

async function oneAfterTheOther({ contenders }: Scenario, rounds: number, measure: MeasureOne): Promise<void> {
  for (const contender of contenders) {
    await contender.prepare?.();
    for (let round = 1; round <= rounds; round++) await measure(contender, round);
    await contender.finish?.();
  }
}

function shown({ measures }: Scenario, reading: Readonly<Record<string, number>>): string {
  return measures
    .flatMap(({ name, unit }) => {
      const value = reading[name];
      return value === undefined ? [] : [`${name} ${value.toFixed(value >= 100 ? 0 : 2)} ${unit}`];
    })
    .join(', ');
}

import { Problem } from '../servers/problem.ts';

export const STAGES = ['lint', 'typecheck', 'format', 'build', 'unit', 'integration', 'e2e'] as const;
export type Stage = (typeof STAGES)[number];

export interface Selection {
  stages: readonly Stage[];
  /** Handed to Jest as they are. */
  jestArguments: readonly string[];
}

export const USAGE = 'npm test -- [--only lint,typecheck,format,build,unit,integration,e2e] [-- Jest arguments]';

/** Reads `--only unit,e2e -- -t "a name"`. End-to-end tests run the built programs, so they bring the build along. */
export function parseSelection(args: readonly string[]): Selection {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const jestArguments = end === -1 ? [] : args.slice(end + 1);
  if (own.length === 0) return { stages: STAGES, jestArguments };
  const [option, ...values] = own.flatMap((word) => word.split(/[=,]/)).filter((word) => word !== '');
  const unknown = values.filter((value) => !isStage(value));
  if (option !== '--only' || values.length === 0) throw new Problem(USAGE);
  if (unknown.length > 0) throw new Problem(`There is no stage "${unknown.join('", "')}".\n${USAGE}`);
  const wanted = new Set(values);
  return { stages: STAGES.filter((stage) => wanted.has(stage)), jestArguments };
}

export interface Tally {
  passed: number;
  failed: number;
}

export function total(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** The part of Jest's `--json` report that is counted. */
export interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
}

/**
 * A suite that could not run counts as one failure. So does a run that ended badly without any, and one that found no test
 * although nothing was filtered: a green run in which nothing ran proves nothing.
 */
export function tallyOf(report: JestReport | undefined, endedWell: boolean, filtered: boolean): Tally {
  const passed = report?.numPassedTests ?? 0;
  const failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  const ranNothing = passed + failed === 0 && !filtered;
  return { passed, failed: failed === 0 && (!endedWell || ranNothing) ? 1 : failed };
}

function isStage(value: string): value is Stage {
  return STAGES.some((stage) => stage === value);
}

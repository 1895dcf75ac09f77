import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ROOT } from '../servers/paths.ts';
import { toolEnvironment } from './build.ts';
import type { Lifetime } from './lifetime.ts';
import { runLogged } from './run-logged.ts';
import type { Steps } from './steps.ts';
import { type JestReport, type Selection, type Stage, type Tally, tallyOf } from './test-stages.ts';

export interface TestRun {
  /** Holds everything of this run; removed when it passed. */
  directory: string;
  selection: Selection;
  steps: Steps;
  lifetime: Lifetime;
}

type Check = Exclude<Stage, 'unit' | 'integration' | 'e2e'>;
type Tests = Exclude<Stage, Check>;

const LIMIT_MS = 20 * 60_000;
const BIN = path.join(ROOT, 'node_modules', '.bin');

const CHECKS: Readonly<Record<Check, readonly string[]>> = {
  lint: ['eslint', '.'],
  typecheck: ['tsc', '--noEmit', '-p', 'tsconfig.json'],
  format: ['prettier', '--check', '.'],
  build: ['nx', 'run-many', '-t', 'build', '--output-style=static'],
};

/**
 * Test files at a time; Jest's own choice is one fewer than there are cores, which is one on a small machine. An integration
 * test waits for its servers half of the time. An end-to-end test starts several processes, and then mostly waits.
 */
const WORKERS = { unit: availableParallelism(), integration: availableParallelism() + 1, e2e: 2 } as const;

/** What an integration or end-to-end test may not inherit from whoever runs it. */
const OF_THE_CONTRACT =
  /^(DATABASE_URL|REDIS_URL|JWT_|(API|SCHEDULER|WORKER)_PORT|WORKER_|LEASE_TTL|SHUTDOWN_GRACE|SMTP_URL|HTTP_ALLOW_PRIVATE|LOG_)/;

/** A check counts as one test. */
export async function runCheck(check: Check, run: TestRun): Promise<Tally> {
  const [tool = '', ...args] = CHECKS[check];
  const passed = await runStage(check, run, [path.join(BIN, tool), ...args], toolEnvironment(), (ok) => ok);
  return passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

export async function runTests(stage: Tests, run: TestRun, servers: NodeJS.ProcessEnv): Promise<Tally> {
  const report = path.join(run.directory, `${stage}.json`);
  const { jestArguments } = run.selection;
  const args = [
    path.join(BIN, 'jest'),
    '--selectProjects',
    stage,
    '--json',
    `--outputFile=${report}`,
    '--passWithNoTests',
  ];
  return runStage(
    stage,
    run,
    [...args, `--maxWorkers=${WORKERS[stage]}`, ...jestArguments],
    testEnvironment(servers),
    (endedWell) => tallyOf(readReport(report), endedWell, jestArguments.length > 0),
  );
}

async function runStage<T extends boolean | Tally>(
  stage: Stage,
  run: TestRun,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  judge: (endedWell: boolean) => T,
): Promise<T> {
  const logFile = path.join(run.directory, `${stage}.log`);
  const command = { name: stage, command: process.execPath, args, env, cwd: ROOT, logFile, limitMs: LIMIT_MS };
  const work = async (): Promise<T> => judge((await runLogged(command, run.lifetime)).ok);
  const verdict = await run.steps.run(stage, work, summaryOf, (result) => !isFailure(result));
  if (isFailure(verdict)) console.log(`\n${readFileSync(logFile, 'utf8').trim()}\n`);
  return verdict;
}

function isFailure(verdict: boolean | Tally): boolean {
  return typeof verdict === 'boolean' ? !verdict : verdict.failed > 0;
}

function summaryOf(verdict: boolean | Tally): string {
  if (typeof verdict === 'boolean') return verdict ? 'passed' : 'failed';
  return `${verdict.passed} passed${verdict.failed > 0 ? `, ${verdict.failed} failed` : ''}`;
}

function testEnvironment(servers: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(toolEnvironment()).filter(([name]) => !OF_THE_CONTRACT.test(name));
  const options = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    process.env['NODE_OPTIONS'] ?? '',
  ];
  return { ...Object.fromEntries(inherited), ...servers, NODE_OPTIONS: options.join(' ').trim() };
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    // Jest died before it could write one, or refused to begin.
    return undefined;
  }
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from '../servers/binaries.ts';
import { freePort, ManagedProcess, tailOf } from '../servers/index.ts';
import { Problem } from '../servers/problem.ts';
import { RULES_FILE } from './rules.ts';

const READY_WITHIN_MS = 30_000;
/** At most so many values of each series. */
const POINTS = 60;

/** The path of one of Prometheus's programs. */
export function find(program: 'prometheus' | 'promtool'): string {
  const found = findProgram(program);
  if (found !== undefined) return found;
  throw new Problem(
    `There is no ${program} on this machine: install Prometheus (on Debian and Ubuntu: apt-get install prometheus), then try again.`,
  );
}

/** Runs promtool to its end; throws what it says if it finds fault. */
export function runPromtool(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(find('promtool'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Problem(`promtool ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

export interface ResultSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds and a number as text. */
  readonly values: readonly (readonly [number, string])[];
}

/** A real Prometheus that scrapes programs every second, with the alerts loaded. */
export class Prometheus {
  readonly url: string;
  private readonly process: ManagedProcess;

  private constructor(url: string, launched: ManagedProcess) {
    this.url = url;
    this.process = launched;
  }

  /** @param targets by job, where its programs listen */
  static async start(directory: string, targets: Readonly<Record<string, readonly string[]>>): Promise<Prometheus> {
    const home = path.join(directory, 'prometheus');
    mkdirSync(home, { recursive: true });
    const file = path.join(home, 'prometheus.yml');
    writeFileSync(file, JSON.stringify(configuration(targets)));
    const port = await freePort();
    const logFile = path.join(home, 'prometheus.log');
    const address = `127.0.0.1:${port}`;
    const launched = await ManagedProcess.launch({
      name: 'prometheus',
      command: find('prometheus'),
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${path.join(home, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      logFile,
      rank: 'program',
      marker: file,
    });
    const prometheus = new Prometheus(`http://${address}`, launched);
    await prometheus.untilReady(logFile);
    return prometheus;
  }

  /** What an expression was over the last seconds. */
  async range(expression: string, seconds: number): Promise<readonly ResultSeries[]> {
    const end = Date.now() / 1_000;
    const step = Math.max(1, Math.ceil(seconds / POINTS));
    const query = { query: expression, start: String(end - seconds), end: String(end), step: String(step) };
    const answer = await fetch(`${this.url}/api/v1/query_range?${new URLSearchParams(query).toString()}`);
    const body = (await answer.json()) as { status: string; error?: string; data: { result: ResultSeries[] } };
    if (body.status !== 'success') throw new Problem(`${expression}\n${body.error ?? `answered ${answer.status}`}`);
    return body.data.result;
  }

  async stop(): Promise<void> {
    await this.process.stop(10_000);
  }

  private async untilReady(logFile: string): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline && this.process.running) {
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await pause(100);
    }
    await this.process.stop(1_000);
    throw new Problem(`Prometheus does not start:\n${tailOf(logFile, 10).join('\n')}`);
  }
}

function configuration(targets: Readonly<Record<string, readonly string[]>>): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [RULES_FILE],
    scrape_configs: Object.entries(targets).map(([job, hosts]) => ({
      job_name: job,
      static_configs: [{ targets: hosts }],
    })),
  };
}

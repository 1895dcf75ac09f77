import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { ROOT } from '../tools/servers/paths.ts';
import { findDatabaseBinary, findRedisBinary } from '../tools/servers/binaries.ts';
import type { Options } from './options.ts';
import { findPostgres } from './servers/postgres.ts';
import { type Result, verdictsOf } from './table.ts';
import { median } from './statistics.ts';

/** What a reader has to know of the machine and the versions. */
export function surroundings(): Record<string, string> {
  const database = findDatabaseBinary().found?.product;
  const redis = findRedisBinary().found?.product;
  const postgres = path.join(findPostgres() ?? '', 'postgres');
  const peers = JSON.parse(readFileSync(path.join(ROOT, 'bench', 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const machine = cpus();
  return {
    date: new Date().toISOString(),
    commit: output('git', ['-C', ROOT, 'describe', '--always', '--dirty']),
    machine: `${machine.length} × ${machine[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    database: `${database?.name ?? '?'} ${database?.version ?? ''}`,
    redis: `${redis?.name ?? '?'} ${redis?.version ?? ''}`,
    postgres: output(postgres, ['--version']),
    peers: ['bullmq', 'graphile-worker', 'pg-boss', 'fastify']
      .map((name) => `${name} ${peers.dependencies[name]}`)
      .join(', '),
  };
}

/** For programs: everything that the tables say, and every single value. */
export function jsonOf(results: readonly Result[], options: Options): string {
  const scenarios = results.map((result) => ({
    letter: result.scenario.letter,
    title: result.scenario.title,
    notes: result.scenario.notes,
    goals: verdictsOf(result),
    contenders: result.scenario.contenders.map(({ name, setUp }) => ({
      name,
      setUp,
      measures: result.scenario.measures.map((measure) => {
        const rounds = result.samples.get(name)?.get(measure.name) ?? [];
        return { ...measure, median: rounds.length === 0 ? null : median(rounds), rounds };
      }),
    })),
  }));
  const { quick, full, rounds } = options;
  return `${JSON.stringify({ ...surroundings(), rounds, quick, full, scenarios }, undefined, 2)}\n`;
}

function output(command: string, args: readonly string[]): string {
  const { error, stdout } = spawnSync(command, [...args], { encoding: 'utf8' });
  return error === undefined ? stdout.trim() : 'unknown';
}

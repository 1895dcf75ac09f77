import { parseArgs } from 'node:util';
import { runCommand } from '../../tools/setup/lifetime.ts';
import { arrange } from './arrange.ts';
import { fill } from './fill.ts';
import { serversFor } from './ground.ts';
import { isSlow, measure } from './measure.ts';
import { explainReads } from './plans.ts';
import { readsOf } from './reads.ts';
import { tableOfReads } from './report.ts';
import { findSamples } from './samples.ts';
import { System } from './system.ts';

/**
 * What every documented read costs with millions of jobs, over HTTP, beside the plan of each statement that it asks:
 *
 *   node bench/reading/run.ts [--rows 5000000] [--rounds 150] [--only pattern-of-names] [--url mysql://… --redis redis://…] [--fill-only]
 *
 * Without --url on private servers whose data stays in .holdfast/reading for the next run. With it the database is filled
 * if it is not full, and its user must be allowed to switch the general log on. Ends with 1 if a read is too slow.
 */
const OPTIONS = {
  rows: { type: 'string', default: '5000000' },
  rounds: { type: 'string', default: '150' },
  only: { type: 'string', default: '' },
  url: { type: 'string' },
  redis: { type: 'string' },
  'fill-only': { type: 'boolean', default: false },
} as const;

/** What is there shall stay there, however old. */
const KEPT = Object.fromEntries(
  ['SUCCEEDED', 'CANCELLED', 'EXPIRED', 'DEAD', 'JOURNAL', 'OCCURRENCES'].map((what) => [`RETENTION_${what}`, '3650d']),
);

await runCommand(async (lifetime) => {
  const { rows, rounds, only, url, redis, 'fill-only': fillOnly } = parseArgs({ options: OPTIONS }).values;
  const tell = (line: string): void => void process.stdout.write(`  ${line}\n`);
  const servers = await serversFor({ url, redis }, lifetime);
  await fill(servers.databaseUrl, Number(rows), tell);
  if (fillOnly) return 0;
  const system = await System.start({ ...servers, programs: ['api', 'scheduler'], settings: KEPT }, lifetime);
  await arrange(system, tell);
  const reads = readsOf(await findSamples(system)).filter(({ name }) => new RegExp(only).test(name));
  const figures = await measure(system, reads, Number(rounds), tell);
  const plans = await explainReads(system, reads);
  process.stdout.write(`\n${tableOfReads(figures, plans)}\n`);
  return figures.some(isSlow) ? 1 : 0;
});

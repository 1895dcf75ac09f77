/**
 * Runs beside a command and stops what it leaves behind if it is killed outright. The command holds the other end of our
 * standard input: when that closes, however it happened, the command has ended.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { stopOrphans } from './orphans.ts';
import { identityOf } from './process-identity.ts';

const owner = Number(process.argv[2]);

for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.resume();
process.stdin.once('close', () => void reap());

async function reap(): Promise<void> {
  // The pipe closes a moment before the process is gone.
  for (let waited = 0; waited < 5_000 && identityOf(owner) !== undefined; waited += 20) await pause(20);
  await stopOrphans();
  process.exit(0);
}

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { migrateUp } from '@holdfast/persistence/schema';
import { JWT_SECRET } from '../../e2e/harness/client.ts';
import type { Program, ProgramName } from '../../e2e/harness/program.ts';
import { Slot } from './slot.ts';
import type { RedisServed } from './redis-topologies.ts';
import type { DatabaseServed } from './servers.ts';

export interface Ground {
  readonly directory: string;
  readonly run: string;
  readonly build: string;
  /** An earlier version, of which one program of each kind is; undefined: all are of `build`. */
  readonly older: string | undefined;
  readonly database: DatabaseServed;
  readonly redis: RedisServed;
}

const SIZES: Readonly<Record<ProgramName, number>> = { api: 2, scheduler: 2, worker: 3 };
const PRELOAD = path.resolve(import.meta.dirname, '../worker/preload.mjs');

/** Short, so that a run of minutes sees many leases end, and long enough for two busy cores. */
export const LEASE_MS = 5_000;
export const MAX_CRASHES = 10;
export const REDIS_PREFIX = 'chaos';

/** The whole of Holdfast as real processes, each behind networks that can be disturbed. */
export class System {
  readonly ground: Ground;
  readonly slots: readonly Slot[];

  private constructor(ground: Ground, slots: readonly Slot[]) {
    this.ground = ground;
    this.slots = slots;
  }

  static async start(ground: Ground): Promise<System> {
    await migrateUp(ground.database.url);
    const places = Object.entries(SIZES).flatMap(([name, size]) =>
      Array.from({ length: size }, (_, n) => {
        const build = n === size - 1 ? (ground.older ?? ground.build) : ground.build;
        return { name: name as ProgramName, build };
      }),
    );
    return new System(ground, await Promise.all(places.map(({ name, build }) => openSlot(ground, name, build))));
  }

  of(name: ProgramName): Slot[] {
    return this.slots.filter((slot) => slot.name === name);
  }

  /** Programs that answer now, or should. */
  running(name: ProgramName): Program[] {
    return this.of(name).flatMap(({ program }) => program ?? []);
  }

  /** @returns the programs that did not end with 0 */
  async stop(): Promise<string[]> {
    const exits = await Promise.all(
      this.slots.map(async (slot) => ({ log: slot.programs.at(-1)?.logFile, exit: await slot.stop() })),
    );
    return exits.flatMap(({ log, exit }) =>
      exit === undefined || exit.code === 0 ? [] : `${log ?? ''}: ${exit.signal ?? exit.code ?? ''}`,
    );
  }
}

async function openSlot(ground: Ground, name: ProgramName, build: string): Promise<Slot> {
  const { directory, run, database, redis } = ground;
  const ledger = path.join(directory, 'ledger');
  mkdirSync(ledger, { recursive: true });
  return Slot.open({
    name,
    directory: path.join(directory, 'programs'),
    databaseUrl: database.programsUrl,
    redis,
    launch: { build, preload: name === 'worker' ? [PRELOAD] : [] },
    settings: {
      JWT_SECRET,
      TRANSITION_JOURNAL: 'true',
      REDIS_PREFIX,
      LEASE_TTL: `${LEASE_MS}ms`,
      SHUTDOWN_GRACE: '2s',
      MAX_CRASHES: String(MAX_CRASHES),
      WORKER_CONCURRENCY: '8',
      LISTEN_HOST: '127.0.0.1',
      CHAOS_BUILD: build,
      CHAOS_LEDGER: ledger,
      CHAOS_RUN: run,
    },
  });
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fromBytes, renewLease, type Row } from '@holdfast/persistence';
import { READY_INDEX_DEFAULTS } from '@holdfast/queue';
import { hintsOf, openScratchSystem, submitUntold, type ScratchSystem } from '../testing/scratch-system.ts';
import { loadHorizon } from './load-horizon.pass.ts';
import { reapLostWorkers } from './reap-lost-workers.pass.ts';
import { rebuildIndex } from './rebuild-index.pass.ts';
import { reconcileIndex, type WalkMemory } from './reconcile-index.pass.ts';

const { horizonMs } = READY_INDEX_DEFAULTS;
const NEVER = new AbortController().signal;

describe('the passes', () => {
  let system: ScratchSystem;

  beforeAll(async () => {
    system = await openScratchSystem();
  });

  afterAll(() => system.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'queues', 'workers', 'passes']) await system.database.change(`DELETE FROM ${table}`);
    await system.index.clear('default');
    await system.index.create('default');
    await system.queues.create(['default']);
  });

  const portsOf = ({ clock, index, pending: jobs, queues }: ScratchSystem) => ({ clock, index, jobs, queues });
  const rebuild = (pageSize = 10, leaseMs = 10_000) =>
    rebuildIndex(portsOf(system), { horizonMs, pageSize, leaseMs }, 'default', NEVER);
  const reconcile = (pageSize: number, memory: WalkMemory = new Map()) =>
    reconcileIndex(portsOf(system), { pageSize, furtherPages: 1 }, memory, NEVER);

  async function submitMany(n: number): Promise<string[]> {
    const jobs = await Promise.all(Array.from({ length: n }, (_, i) => submitUntold(system, { priority: i % 3 })));
    return jobs.map(({ id }) => id).sort();
  }

  describe('rebuild-index', () => {
    it('indexes every pending job within the horizon, in pages, and says last that it is done', async () => {
      const due = await submitMany(25);
      await submitUntold(system, { runAt: system.clock.now() + horizonMs + 60_000 });
      await system.index.clear('default');
      expect(await hintsOf(system)).toBeUndefined();
      expect(await rebuild()).toEqual({ rebuilt: 1, indexed: 25 });
      expect([...((await hintsOf(system)) ?? [])].sort()).toEqual(due);
      expect(await system.index.findLost(['default'])).toEqual([]);
    });

    it('keeps what was submitted while it ran', async () => {
      const before = await submitMany(30);
      const during = await submitUntold(system);
      const index = boundIndex(system);
      const add = index.add;
      index.add = async (entries) => {
        await add([during]);
        await add(entries);
      };
      await rebuildIndex({ ...portsOf(system), index }, { horizonMs, pageSize: 10, leaseMs: 10_000 }, 'default', NEVER);
      expect([...((await hintsOf(system)) ?? [])].sort()).toEqual([...before, during.id].sort());
    });

    it('is done by one replica at a time, and taken over when that one falls silent', async () => {
      await submitMany(3);
      expect(await system.queues.winRebuild('default', 60_000)).toBe(true);
      expect(await rebuild()).toEqual({ rebuilt: 0, indexed: 0 });
      await system.database.change('UPDATE queues SET rebuild_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND');
      expect(await rebuild()).toEqual({ rebuilt: 1, indexed: 3 });
    });
  });

  describe('reconcile-index', () => {
    it('adds due jobs that the index was not told of, also those of a queue that nobody announced', async () => {
      const { id } = await submitUntold(system);
      await system.database.change(
        "INSERT INTO jobs (id, type, queue, run_at) VALUES (UNHEX(REPLACE(UUID(), '-', '')), 'echo', 'by-sql', UTC_TIMESTAMP(6) - INTERVAL 1 SECOND)",
      );
      await submitUntold(system, { runAt: system.clock.now() + 60_000 });
      expect(await reconcile(10)).toEqual({ added: 2 });
      expect(await hintsOf(system)).toEqual([id]);
      expect(await system.queues.findNames()).toEqual(['by-sql', 'default']);
      expect(await reconcile(10)).toEqual({ added: 0 }); // it is handed out now
    });

    it('finds what is missing behind pages of jobs that nobody takes', async () => {
      const memory: WalkMemory = new Map();
      const start = system.clock.now() - 60_000;
      const known = await Promise.all(Array.from({ length: 12 }, (_, n) => submitUntold(system, { runAt: start + n })));
      await system.index.add(known);
      const missing = await submitUntold(system);
      const added: number[] = [];
      for (let run = 0; run < 4; run++) added.push((await reconcile(4, memory))['added'] ?? -1);
      expect(added.reduce((sum, n) => sum + n)).toBe(1);
      expect(await hintsOf(system)).toContain(missing.id);
    });
  });

  describe('load-horizon', () => {
    it('indexes what came within the horizon since its last run', async () => {
      const moved: number[] = [];
      const now = system.clock.now();
      const watermark = {
        find: () => Promise.resolve(now + horizonMs - 60_000),
        move: (to: number) => Promise.resolve(void moved.push(to)),
      };
      await submitUntold(system, { runAt: now + horizonMs - 30_000 });
      await submitUntold(system, { runAt: now + horizonMs - 90_000 }); // indexed by an earlier run, or at submission
      const { clock, index, pending: jobs } = system;
      expect(await loadHorizon({ clock, index, jobs, watermark }, { horizonMs, pageSize: 10 }, NEVER)).toEqual({
        loaded: 1,
      });
      expect(moved).toHaveLength(1);
    });
  });

  describe('reap-lost-workers', () => {
    const options = { leaseMs: 15_000, maxCrashes: 3, workersPerRun: 2, jobsPerRun: 10, batchSize: 10 };
    const ports = (unbrokenFor: number) => ({
      workers: system.lostWorkers,
      index: system.index,
      contact: { unbrokenFor },
      logger: { info: jest.fn() },
    });

    async function loseAWorker(): Promise<string> {
      const { id } = await submitUntold(system);
      const workerId = randomUUID();
      await system.workers.register({
        id: workerId,
        name: 'lost',
        queues: ['*'],
        types: ['echo'],
        capacity: 1,
        leaseMs: 1,
      });
      await system.claims.claimHinted({ workerId, queue: 'default', types: ['echo'] }, [id]);
      await system.database.change('UPDATE workers SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND');
      return id;
    }

    it('gives the jobs of a lost worker back to the index', async () => {
      const id = await loseAWorker();
      expect(await reapLostWorkers(ports(60_000), options, NEVER)).toEqual({ workers: 1, jobs: 1 });
      expect(await hintsOf(system)).toEqual([id]);
    });

    it('gives up no more workers in one run than it may', async () => {
      for (let n = 0; n < 3; n++) await loseAWorker();
      expect(await reapLostWorkers(ports(60_000), options, NEVER)).toEqual({ workers: 2, jobs: 2 });
      expect(await reapLostWorkers(ports(60_000), options, NEVER)).toEqual({ workers: 1, jobs: 1 });
    });

    it('leaves a worker that renewed its lease after an outage what it holds', async () => {
      await loseAWorker();
      const [worker] = await system.database.rows<Row & { id: Buffer }>('SELECT id FROM workers');
      await renewLease(system.database, fromBytes(worker?.id as Buffer), 15_000);
      expect(await reapLostWorkers(ports(60_000), options, NEVER)).toEqual({ workers: 0, jobs: 0 });
    });

    it('takes nobody for lost until MySQL has answered for a whole lease', async () => {
      await loseAWorker();
      expect(await reapLostWorkers(ports(14_999), options, NEVER)).toEqual({ workers: 0, jobs: 0 });
    });
  });

  describe('the row of a pass', () => {
    it('lets one of many schedulers win a run, and tells the others when the next is due', async () => {
      await system.passes.register('some-pass');
      const waits = await Promise.all(
        Array.from({ length: 8 }, () => system.passes.win('some-pass', randomUUID(), 30_000)),
      );
      expect(waits.filter((wait) => wait === 0)).toHaveLength(1);
      for (const wait of waits.filter((each) => each > 0)) expect(wait).toBeLessThanOrEqual(30_000);
    });
  });
});

function boundIndex({ index }: ScratchSystem) {
  return {
    clear: (queue: string) => index.clear(queue),
    add: (entries: Parameters<typeof index.add>[0]) => index.add(entries),
    publishGeneration: (queue: string) => index.publishGeneration(queue),
  };
}

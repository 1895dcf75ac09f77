import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NO_POLICY } from '@holdfast/domain';
import { fromBytes, renewLease, type Row } from '@holdfast/persistence';
import { IndexAwayError, READY_INDEX_DEFAULTS } from '@holdfast/queue';
import { hintsOf, openScratchSystem, submitUntold, type ScratchSystem } from '../testing/scratch-system.ts';
import { loadHorizon } from './load-horizon.pass.ts';
import { reapLostWorkers } from './reap-lost-workers.pass.ts';
import { releaseBlocked, type ReleaseMemory } from './release-blocked.pass.ts';
import { rebuildIndex, type RebuildPorts } from './rebuild-index.pass.ts';
import { ReconcileMemory, reconcileIndex, type ReconcilePorts } from './reconcile-index.pass.ts';

const { horizonMs } = READY_INDEX_DEFAULTS;
const NEVER = new AbortController().signal;
const VITALS = { blockedMs: 0, rssBytes: 1e8, heapUsedBytes: 5e7, jobsStarted: 1, jobsEnded: 0 };

describe('the passes', () => {
  let system: ScratchSystem;

  beforeAll(async () => {
    system = await openScratchSystem();
  });

  afterAll(() => system.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'queues', 'workers', 'passes']) await system.database.change(`DELETE FROM ${table}`);
    for (const queue of ['default', 'by-sql']) await system.upkeep.discard(queue);
    await system.upkeep.create('default', 0);
    await system.queues.create(['default']);
  });

  const rebuildPorts = ({ clock, index, pending: jobs, policies, records, upkeep }: ScratchSystem) => ({
    clock,
    index,
    jobs,
    policies,
    records,
    upkeep,
  });
  const rebuildOptions = { horizonMs, pageSize: 10, leaseMs: 10_000, renewMs: 0 };
  const rebuild = (ports: RebuildPorts = rebuildPorts(system)) =>
    rebuildIndex(ports, rebuildOptions, { queue: 'default', cause: 'missing' }, NEVER);
  const reconcilePorts = ({ clock, pending: jobs, queues, records, upkeep: index }: ScratchSystem) => ({
    clock,
    jobs,
    queues,
    records,
    index,
  });
  const reconcileOptions = { leastOfAnEnd: 2, pagesPerRun: 2, lookAheadMs: 20_000, confirmAfterMs: 5 };
  const reconcile = (pageSize = 10, memory = new ReconcileMemory(), ports: ReconcilePorts = reconcilePorts(system)) =>
    reconcileIndex(ports, { ...reconcileOptions, pageSize }, memory, NEVER);

  async function submitMany(n: number): Promise<string[]> {
    const jobs = await Promise.all(Array.from({ length: n }, (_, i) => submitUntold(system, { priority: i % 3 })));
    return jobs.map(({ id }) => id).sort();
  }

  describe('release-blocked', () => {
    it('decides jobs that nobody let go, a few pages in a run, and goes on where it was', async () => {
      const first = await submitUntold(system);
      const waiting = { dependencies: [{ dependsOn: first.id, condition: 'succeeded' }] } as const;
      for (let n = 0; n < 7; n++) await submitUntold(system, waiting);
      await system.database.change(
        "UPDATE jobs SET state = 'succeeded', finished_at = UTC_TIMESTAMP(6) WHERE state = 'pending'",
      );
      const memory: ReleaseMemory = new Map();
      const run = () => releaseBlocked({ jobs: system.dependencies }, { pageSize: 2, pagesPerRun: 2 }, memory, NEVER);
      expect(await run()).toEqual({ released: 4, cancelled: 0, loosened: 0 });
      expect(await run()).toEqual({ released: 3, cancelled: 0, loosened: 0 });
      expect(await run()).toEqual({ released: 0, cancelled: 0, loosened: 0 });
    });
  });

  describe('rebuild-index', () => {
    it('indexes every pending job within the horizon, in pages, and says last that it is done', async () => {
      const due = await submitMany(25);
      await submitUntold(system, { runAt: system.clock.now() + horizonMs + 60_000 });
      await system.upkeep.discard('default');
      expect(await hintsOf(system)).toBeUndefined();
      expect(await rebuild()).toMatchObject({ rebuilt: 1, indexed: 25, generation: 1 });
      expect([...((await hintsOf(system)) ?? [])].sort()).toEqual(due);
      expect(await system.upkeep.inspect('default', 1)).toBe('ready');
      expect(await system.records.findAll()).toMatchObject([
        { queue: 'default', generation: 1, isRebuilding: false, lastRebuild: { cause: 'missing', jobs: 25 } },
      ]);
    });

    it('keeps what was submitted while it ran', async () => {
      const before = await submitMany(30);
      const during = await submitUntold(system);
      const ports = rebuildPorts(system);
      const add: typeof ports.index.add = async (entries) => {
        await system.index.add([during]);
        await system.index.add(entries);
      };
      await rebuild({ ...ports, index: { add } });
      expect([...((await hintsOf(system)) ?? [])].sort()).toEqual([...before, during.id].sort());
    });

    it('heeds that priorities age, as the queue says by then', async () => {
      const waited = await submitUntold(system, { runAt: system.clock.now() - 60_000 });
      const urgent = await submitUntold(system, { priority: 5 });
      await rebuild();
      expect(await hintsOf(system)).toEqual([urgent.id, waited.id]);
      await system.policies.change('default', 'default', (policy) => ({ ...policy, agingMs: 10_000 }));
      await rebuild();
      const more = await submitUntold(system, { priority: 5 });
      const most = await submitUntold(system, { priority: 7 });
      await system.index.add([more, most]);
      expect(await hintsOf(system)).toEqual([most.id, waited.id, urgent.id, more.id]);
      await system.policies.change('default', 'default', () => NO_POLICY);
      await rebuild();
      expect((await hintsOf(system))?.at(-1)).toBe(waited.id);
    });

    it('is done by one replica at a time, and taken over when that one falls silent', async () => {
      await submitMany(3);
      expect(await system.records.winRebuild('default', 60_000)).toBe(1);
      expect(await rebuild()).toMatchObject({ rebuilt: 0 });
      await system.database.change('UPDATE queues SET rebuild_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND');
      expect(await rebuild()).toMatchObject({ rebuilt: 1, indexed: 3, generation: 2 });
    });

    it('that was wiped halfway is not published, and done again', async () => {
      await submitMany(12);
      const ports = rebuildPorts(system);
      const wipedOnce = async (queue: string, generation: number): Promise<string> => {
        await system.upkeep.discard('default');
        return system.upkeep.inspect(queue, generation);
      };
      expect(await rebuild({ ...ports, upkeep: withInspect(system, wipedOnce) })).toMatchObject({ rebuilt: 0 });
      expect(await hintsOf(system)).toBeUndefined();
      expect(await rebuild()).toMatchObject({ rebuilt: 1, indexed: 12 });
    });

    it('that another replica took over is not published by the first', async () => {
      const jobs = await submitMany(12);
      const ports = rebuildPorts(system);
      const tookOver: typeof ports.records.extendRebuild = async (...extension) => {
        await system.database.change('UPDATE queues SET rebuild_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND');
        expect(await rebuild()).toMatchObject({ rebuilt: 1, generation: 2 });
        return system.records.extendRebuild(...extension);
      };
      const records = withExtend(system, tookOver);
      expect(await rebuild({ ...ports, records })).toMatchObject({ rebuilt: 0 });
      expect(await system.upkeep.inspect('default', 2)).toBe('ready');
      expect([...((await hintsOf(system)) ?? [])].sort()).toEqual(jobs);
    });
  });

  describe('reconcile-index', () => {
    it('adds jobs that the index was not told of, also those of a queue that nobody announced, and keeps count', async () => {
      const { id } = await submitUntold(system);
      await system.database.change(
        "INSERT INTO jobs (id, type, queue, run_at) VALUES (UNHEX(REPLACE(UUID(), '-', '')), 'echo', 'by-sql', UTC_TIMESTAMP(6) - INTERVAL 1 SECOND)",
      );
      await system.upkeep.create('by-sql', 0);
      await submitUntold(system, { runAt: system.clock.now() + 60_000 });
      expect(await reconcile()).toMatchObject({ added: 2 });
      expect(await hintsOf(system)).toEqual([id]);
      expect(await system.records.findAll()).toMatchObject([
        { queue: 'by-sql', drift: 1 },
        { queue: 'default', drift: 1 },
      ]);
      expect(await reconcile()).toMatchObject({ added: 0 }); // it is handed out now
    });

    it('adds what comes due in a moment, so that it starts on time', async () => {
      const soon = await submitUntold(system, { runAt: system.clock.now() + 15_000 });
      expect(await reconcile()).toMatchObject({ added: 1 });
      expect(await system.index.take('default', 1)).toMatchObject({ ids: [], askAgainAt: soon.runAt });
    });

    it('reads no job when the index begins where MySQL begins', async () => {
      const start = system.clock.now() - 60_000;
      await system.index.add(await Promise.all([0, 1, 2].map((n) => submitUntold(system, { runAt: start + n }))));
      const ports = reconcilePorts(system);
      const jobs = jobsOf(system);
      await reconcile(10, new ReconcileMemory(), { ...ports, jobs });
      for (const read of [jobs.findEnds, jobs.findPage]) expect(read).not.toHaveBeenCalled();
    });

    it('takes no job for missing whose message was only on its way', async () => {
      const late = await submitUntold(system);
      const ports = reconcilePorts(system);
      const findStillPending: typeof system.pending.findStillPending = async (ids) => {
        await system.index.add([late]);
        return system.pending.findStillPending(ids);
      };
      const jobs = { ...jobsOf(system), findStillPending };
      expect(await reconcile(10, new ReconcileMemory(), { ...ports, jobs })).toMatchObject({ added: 0 });
      expect(await system.records.findAll()).toMatchObject([{ drift: 0 }]);
    });

    it('finds what is missing among pages of jobs that nobody takes, in each priority in turn', async () => {
      const memory = new ReconcileMemory();
      const start = system.clock.now() - 60_000;
      const submit = (priority: number, n: number) => submitUntold(system, { priority, runAt: start + n });
      const numbers = Array.from({ length: 24 }, (_, n) => n).filter((n) => n !== 13);
      const known = await Promise.all([7, 8].flatMap((priority) => numbers.map((n) => submit(priority, n))));
      const later = system.clock.now() + 4_500; // as workers put back what they have no handler for; past five seconds it would count as missing
      await system.index.add(known.map((job) => ({ ...job, runAt: later })));
      const missing = await Promise.all([7, 8].map((priority) => submit(priority, 13)));
      const added: number[] = [];
      for (let run = 0; run < 5; run++) added.push((await reconcile(4, memory))['added'] ?? -1);
      expect(added).toEqual([0, 0, 2, 0, 0]); // two pages in each run, one of each priority
      expect([...((await hintsOf(system)) ?? [])].sort()).toEqual(missing.map(({ id }) => id).sort());
    });

    it('finds at once what came last, and what is first of any priority, however many wait for their turn', async () => {
      const start = system.clock.now() - 60_000;
      const flood = await Promise.all(
        Array.from({ length: 60 }, (_, n) => submitUntold(system, { tenant: 'loud', runAt: start + n })),
      );
      await system.index.add(flood);
      const newcomer = await submitUntold(system, { tenant: 'quiet' });
      const firsts = await Promise.all(
        Array.from({ length: 100 }, (_, n) => submitUntold(system, { tenant: 'quiet', priority: n + 1 })),
      );
      const ports = reconcilePorts(system);
      const jobs = jobsOf(system);
      expect(await reconcile(100, new ReconcileMemory(), { ...ports, jobs })).toMatchObject({ added: 101 });
      expect(jobs.findEnds).toHaveBeenCalledTimes(5); // 25 priorities at a time, 2 jobs at each end
      const hints = new Set(await hintsOf(system));
      for (const { id } of [newcomer, ...firsts]) expect(hints).toContain(id);
    });

    it('adds what it found also when it cannot look on, or cannot keep count', async () => {
      for (let n = 0; n < 6; n++) await submitUntold(system);
      const ports = reconcilePorts(system);
      const findPage = () => Promise.reject(new Error('MySQL is away'));
      const looking = { ...ports, jobs: { ...jobsOf(system), findPage } };
      await expect(reconcile(4, new ReconcileMemory(), looking)).rejects.toThrow('MySQL is away');
      expect(await hintsOf(system)).toHaveLength(4); // both ends
      await submitMany(2);
      const records = { addDrift: () => Promise.reject(new Error('read-only')) };
      await expect(reconcile(10, new ReconcileMemory(), { ...ports, records })).rejects.toThrow('read-only');
      expect(await hintsOf(system)).toHaveLength(4);
    });

    it('mends the other queues when the index of one is away', async () => {
      for (const queue of ['a', 'b', 'c']) await system.upkeep.create(queue, 0);
      for (const queue of ['a', 'b', 'c']) await submitUntold(system, { queue });
      const { upkeep } = system;
      const failing = (error: Error): ReconcilePorts['index'] => ({
        firstReady: (queue, priorities) =>
          queue === 'b' ? Promise.reject(error) : upkeep.firstReady(queue, priorities),
        findMissing: upkeep.findMissing.bind(upkeep),
        addMissing: (queue, entries) => (queue === 'a' ? Promise.reject(error) : upkeep.addMissing(queue, entries)),
        discard: upkeep.discard.bind(upkeep),
      });
      const run = (error: Error) =>
        reconcile(10, new ReconcileMemory(), { ...reconcilePorts(system), index: failing(error) });
      expect(await run(new IndexAwayError('away'))).toMatchObject({ added: 1 });
      expect(await hintsOf(system, 'c')).toHaveLength(1);
      await expect(run(new Error('half an answer'))).rejects.toThrow('half an answer');
    });

    it('throws an index away that misses more than one run can mend', async () => {
      await submitMany(60);
      expect(await reconcile(10)).toMatchObject({ discarded: 1 });
      expect(await hintsOf(system)).toBeUndefined();
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
      await system.claims.claimHinted(
        { workerId, queue: 'default', types: ['echo'], alone: { fromCrashes: 2, room: 10 } },
        [id],
      );
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
      await renewLease(system.database, fromBytes(worker?.id as Buffer), 15_000, VITALS);
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

function withInspect({ upkeep }: ScratchSystem, inspect: RebuildPorts['upkeep']['inspect']): RebuildPorts['upkeep'] {
  return { beginBuild: upkeep.beginBuild.bind(upkeep), publish: upkeep.publish.bind(upkeep), inspect };
}

function withExtend(
  { records }: ScratchSystem,
  extendRebuild: RebuildPorts['records']['extendRebuild'],
): RebuildPorts['records'] {
  return {
    winRebuild: records.winRebuild.bind(records),
    releaseRebuild: records.releaseRebuild.bind(records),
    endRebuild: records.endRebuild.bind(records),
    extendRebuild,
  };
}

function jobsOf({ pending }: ScratchSystem) {
  return {
    findHeads: pending.findHeads.bind(pending),
    findStillPending: pending.findStillPending.bind(pending),
    findEnds: jest.fn(pending.findEnds.bind(pending)),
    findPage: jest.fn(pending.findPage.bind(pending)),
  };
}

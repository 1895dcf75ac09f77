import { renewLease } from '../../stores/lease-renewal.ts';
import { joinWorker, newJob } from '../scratch-store.ts';
import { claimed, id, submit, type StoreOperations } from './ground.ts';

const LONG_AGO = 10_000;
const VITALS = { blockedMs: 0, rssBytes: 1e8, heapUsedBytes: 5e7, jobsStarted: 3, jobsEnded: 2 };

export const KEEPING: StoreOperations = {
  'forget windows of unique keys that are over': {
    comesAgain: true,
    prepare: async (store) => {
      const unique = { key: 'k', heldForMs: 1, onConflict: 'existing' } as const;
      await store.unique.insert([[newJob(store.clock, { id: id(1), createdAt: 0, unique })]]);
      return ({ unique: keys }) => keys.prune(10);
    },
  },
  'take jobs back from lost workers': {
    comesAgain: true,
    prepare: async (store) => {
      const { workerId } = await claimed(store, 3);
      await store.database.change('UPDATE jobs SET crashes = 2 WHERE id = UNHEX(?)', [id(2).replaceAll('-', '')]);
      await store.operations.cancel('default', id(3));
      await store.workers.deregister(workerId);
      return async ({ lostWorkers }) => (await lostWorkers.reapOrphans(3, 100)).map((job) => [job.id, job.to]).sort();
    },
  },
  'remove lost workers': {
    comesAgain: true,
    prepare: async (store) => {
      await claimed(store, 1, 1);
      return ({ lostWorkers }) => lostWorkers.removeLostWorkers(10);
    },
  },
  'expire what is overdue': {
    comesAgain: true,
    prepare: async (store) => {
      await submit(store, 3, { deadline: store.clock.now() - LONG_AGO });
      return async ({ pending }) => (await pending.expireOverdue(100)).sort();
    },
  },
  'prune finished jobs': {
    comesAgain: true,
    prepare: async (store) => {
      await submit(store, 3, { tags: ['old'] });
      await store.database.change(
        "UPDATE jobs SET state = 'cancelled', finished_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY ORDER BY id",
      );
      return async ({ finished }) => {
        const [head] = await finished.findHeads('cancelled');
        return head && finished.prunePage(head, head.first, 1_000, 100);
      };
    },
  },
  'roll up the books': {
    comesAgain: true,
    prepare: async (store) => {
      for (let n = 1; n <= 3; n++) await submit(store, 1, {}, n);
      return ({ tallies }) => tallies.rollUp(100);
    },
  },
  'register a worker that may be registered already': {
    comesAgain: true,
    prepare: () => {
      const worker = { id: id(50), name: 'w', queues: ['*'], types: ['echo'], capacity: 1, leaseMs: 60_000 };
      return Promise.resolve(async ({ workers }) => {
        await workers.deregister(worker.id);
        await workers.register(worker);
      });
    },
  },
  'renew a lease': {
    comesAgain: true,
    prepare: async (store) => {
      const { workerId } = await joinWorker(store);
      return (_, database) => renewLease(database, workerId, 60_000, VITALS);
    },
  },
  'win the run of a pass': {
    comesAgain: true,
    prepare: async (store) => {
      await store.passes.register('a-pass');
      return ({ passes }) => passes.win('a-pass', id(60), 60_000);
    },
  },
};

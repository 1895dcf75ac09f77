import { joinWorker, newJob, type ScratchStore } from '../scratch-store.ts';
import { claimed, FAILED, id, submit, type StoreOperations } from './ground.ts';

export const OPERATING: StoreOperations = {
  'cancel a waiting job': {
    prepare: async (store) => {
      await submit(store, 1);
      return ({ operations }) => operations.cancel('default', id(1));
    },
  },
  'cancel a running job': {
    prepare: async (store) => {
      await claimed(store, 1);
      return async ({ operations }) => (await operations.cancel('default', id(1))).kind;
    },
  },
  'run a finished job again': {
    prepare: async (store) => {
      await submit(store, 1);
      await store.operations.cancel('default', id(1));
      const now = store.clock.now();
      return async ({ operations }) => (await operations.retry('default', id(1), now)).kind;
    },
  },
  'run a finished job again that had a unique key': {
    prepare: async (store) => {
      const want = (n: number) => newJob(store.clock, { id: id(n), unique: { key: 'k', onConflict: 'existing' } });
      for (const n of [1, 2]) {
        await store.unique.insert([[want(n)]]);
        await store.operations.cancel('default', id(n));
      }
      const now = store.clock.now();
      return async ({ operations }) => (await operations.retry('default', id(1), now)).kind;
    },
  },
  'make a scheduled job due now': {
    prepare: async (store) => {
      const now = store.clock.now();
      await submit(store, 1, { runAt: now + 60_000 });
      return async ({ operations }) => (await operations.runNow('default', id(1), now)).kind;
    },
  },
  'change a waiting job': {
    prepare: async (store) => {
      await submit(store, 1);
      const version = { generation: 1, fence: 0, revision: 0 };
      return async ({ operations }) => {
        const changed = await operations.change('default', id(1), version, { priority: 3, deadline: null });
        return changed.kind === 'done' && changed.value?.priority;
      };
    },
  },
  'retry dead letters': {
    prepare: async (store) => {
      const now = store.clock.now();
      await dead(store, 3);
      return async ({ deadLetters }) => (await deadLetters.retry('default', [id(1), id(2), id(9)], now)).done.length;
    },
  },
  'discard dead letters, with their tags': {
    prepare: async (store) => {
      await dead(store, 3);
      const ids = [id(1), id(3), id(9)];
      return async ({ deadLetters }) => (await deadLetters.discard('default', ids, 0)).done.length;
    },
  },
};

async function dead(store: ScratchStore, n: number): Promise<void> {
  const ids = await submit(store, n, { tags: ['a'] });
  const request = await joinWorker(store);
  const { claimed: jobs } = await store.claims.claimHinted(request, ids);
  const outcome = { kind: 'dead', failure: { ...FAILED, failedAt: store.clock.now() } } as const;
  await store.settlements.settle(
    request.workerId,
    jobs.map((job) => ({ job, outcome })),
  );
}

import { joinWorker } from '../scratch-store.ts';
import { id, submit, type StoreOperations } from './ground.ts';

export const CLAIMING: StoreOperations = {
  'claim what the index hinted at': {
    prepare: async (store) => {
      const ids = await submit(store, 3);
      const later = await submit(store, 1, { runAt: store.clock.now() + 60_000 }, 4);
      const request = await joinWorker(store);
      return async ({ claims }) => {
        const { claimed, waiting } = await claims.claimHinted(request, [...ids, ...later, id(99)]);
        return [claimed.map((job) => job.id).sort(), waiting.map((job) => [job.id, job.isDue])];
      };
    },
  },
  'claim without the index': {
    prepare: async (store) => {
      await submit(store, 6);
      const request = await joinWorker(store);
      return async ({ claims }) => (await claims.claimDue(request, 4)).map((job) => job.id).sort();
    },
  },
  'claim under limits, in order, at a rate': {
    prepare: async (store) => {
      const rate = { limit: 1, perMs: 3_600_000, burst: 3 };
      await store.policies.change('default', 'default', () => ({ all: { rate }, perKey: {}, weights: {} }));
      const ordered = await submit(store, 3, { concurrencyKey: 'k', isOrdered: true });
      const free = await submit(store, 2, {}, 4);
      const request = await joinWorker(store);
      return async ({ claims }) => {
        const { claimed, waiting } = await claims.claimHinted(request, [...ordered.slice(1), ...free]);
        return [claimed.map((job) => job.id).sort(), waiting.map((job) => [job.id, job.isLimited]).sort()];
      };
    },
  },
  'limit a queue': {
    prepare: async (store) => {
      await store.policies.change('default', 'mail', () => ({ all: { concurrency: 1 }, perKey: {}, weights: {} }));
      return ({ policies }) =>
        policies.change('default', 'mail', (policy) => ({ ...policy, all: { concurrency: 2 }, weights: { gold: 3 } }));
    },
  },
};

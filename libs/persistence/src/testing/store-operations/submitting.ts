import type { ConflictChoice, NewJob } from '@holdfast/domain';
import { newJob } from '../scratch-store.ts';
import { id, type StoreOperations } from './ground.ts';

export const SUBMITTING: StoreOperations = {
  'submit two submissions, with tags': {
    prepare: (store) => {
      const [first, second, third] = [1, 2, 3].map((n) => newJob(store.clock, { id: id(n), tags: ['a', 'b'] }));
      return Promise.resolve(({ submissions }) => submissions.insert([[first], [second, third]] as NewJob[][]));
    },
  },
  'submit under keys, of which one is used already': {
    prepare: async (store) => {
      const keyed = (n: number) => ({
        key: { tenant: 'default', key: String(n), request: 'ab'.repeat(32) },
        jobs: [newJob(store.clock, { id: id(n), tags: ['a'] })],
      });
      await store.keyed.insert([keyed(1)]);
      const submissions = [keyed(2), { ...keyed(3), key: keyed(1).key }, keyed(4)];
      return async ({ keyed: store }) => (await store.insert(submissions)).map(({ kind }) => kind);
    },
  },
  'submit under unique keys: free, held, given up, and to be replaced': {
    prepare: async (store) => {
      const held = (n: number, key: string) =>
        newJob(store.clock, { id: id(n), unique: { key, onConflict: 'existing' } });
      await store.unique.insert([[held(1, 'held'), held(2, 'given-up'), held(3, 'waits')]]);
      await store.operations.cancel('default', id(2));
      const want = (n: number, key: string, onConflict: ConflictChoice = 'existing') =>
        newJob(store.clock, { id: id(n), unique: { key, onConflict }, payload: `{"n":${n}}` });
      const submissions = [
        [want(4, 'free'), want(5, 'held')],
        [want(6, 'given-up'), newJob(store.clock, { id: id(7) })],
        [want(8, 'waits', 'replace')],
      ];
      return async ({ unique }) =>
        (await unique.insert(submissions)).map(
          (answer) => answer.kind === 'placed' && answer.placements.map((each) => [each.kind, each.id]),
        );
    },
  },
  'replace what holds a unique key': {
    prepare: async (store) => {
      const want = (n: number) =>
        newJob(store.clock, { id: id(n), unique: { key: 'k', onConflict: 'replace' }, payload: `{"n":${n}}` });
      await store.unique.insert([[want(1)]]);
      const again = [[want(2)]];
      return async ({ unique }) => (await unique.insert(again)).map((answer) => answer.kind);
    },
  },
  'submit under an idempotency key and a unique one': {
    prepare: async (store) => {
      const want = (n: number) => newJob(store.clock, { id: id(n), unique: { key: 'k', onConflict: 'existing' } });
      const keyed = (n: number) => ({
        key: { tenant: 'default', key: String(n), request: 'ab'.repeat(32) },
        jobs: [want(n)],
      });
      await store.keyed.insert([keyed(1)]);
      const submissions = [keyed(2), { ...keyed(3), jobs: [newJob(store.clock, { id: id(3) })] }];
      return async ({ keyed: store }) => (await store.insert(submissions)).map(({ kind }) => kind);
    },
  },
};

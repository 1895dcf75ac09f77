import { oneRunning, type StoreOperations } from './ground.ts';

export const RECORDING: StoreOperations = {
  'record a step': {
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      return ({ steps }) => steps.record(workerId, job, { name: 'charge', result: '7' });
    },
  },
  'claim an effect': {
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      return ({ effects }) => effects.claim(workerId, job, 'welcome');
    },
  },
  'take an effect over from an attempt that is over': {
    prepare: async (store) => {
      const lost = await oneRunning(store);
      await store.effects.claim(lost.workerId, lost.job, 'welcome');
      const heir = await oneRunning(store, 2);
      await store.workers.deregister(lost.workerId);
      await store.lostWorkers.reapOrphans(3, 10);
      return ({ effects }) => effects.claim(heir.workerId, heir.job, 'welcome');
    },
  },
  'record an effect': {
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      await store.effects.claim(workerId, job, 'welcome');
      return ({ effects }) => effects.record(workerId, job, 'welcome', { result: '7' });
    },
  },
  'release an effect': {
    comesAgain: true,
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      await store.effects.claim(workerId, job, 'welcome');
      return ({ effects }) => effects.release(job, 'welcome');
    },
  },
  'forget old effects': {
    comesAgain: true,
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      for (const name of ['one', 'two']) await store.effects.claim(workerId, job, name);
      await store.workers.deregister(workerId);
      await store.lostWorkers.reapOrphans(3, 10);
      await store.database.change('UPDATE effects SET changed_at = changed_at - INTERVAL 1 DAY');
      return ({ effects }) => effects.prune(3_600, 10);
    },
  },
};

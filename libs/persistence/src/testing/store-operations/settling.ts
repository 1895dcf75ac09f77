import type { Outcome, Settlement } from '@holdfast/domain';
import { joinWorker, newJob, type ScratchStore } from '../scratch-store.ts';
import { claimed, FAILED, id, oneRunning, submit, type StoreOperations } from './ground.ts';

export const SETTLING: StoreOperations = {
  'settle every kind of outcome': {
    prepare: async (store) => {
      const { request, settlements, cancelled } = await runningWithOutcomes(store);
      await store.operations.cancel('default', cancelled);
      return async ({ settlements: settling }) => {
        const recorded = await settling.settle(request.workerId, settlements);
        return recorded.map(({ job, outcome }) => [job.id, outcome.kind]).sort();
      };
    },
  },
  'settle a success that adds jobs': {
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      const unique = { key: 'k', onConflict: 'existing' } as const;
      const enqueued = [newJob(store.clock, { id: id(8), tags: ['a'] }), newJob(store.clock, { id: id(9), unique })];
      const outcome = { kind: 'succeeded', result: undefined, enqueued } as const;
      return async ({ settlements }) => (await settlements.settle(workerId, [{ job, outcome }])).length;
    },
  },
  'keep lines of handlers': {
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      const lines = [1, 2].map((number) => ({ id: job.id, fence: 1, attempt: 1, number, at: 0, line: 'x' }));
      return ({ logs }) => logs.append(workerId, lines);
    },
    comesAgain: true,
  },
  'forget lines of attempts long ago': {
    prepare: async (store) => {
      const { workerId, job } = await oneRunning(store);
      await store.logs.append(workerId, [{ id: job.id, fence: 1, attempt: 1, number: 1, at: 0, line: 'x' }]);
      return ({ logs }) => logs.forgetOld({ ...job, fence: 20 });
    },
    comesAgain: true,
  },
  'settle jobs that succeeded and returned nothing': {
    prepare: async (store) => {
      const ids = await submit(store, 3);
      const request = await joinWorker(store);
      const { claimed: jobs } = await store.claims.claimHinted(request, ids);
      const outcome = { kind: 'succeeded', result: undefined } as const;
      return async ({ settlements }) => {
        const recorded = await settlements.settle(
          request.workerId,
          jobs.map((job) => ({ job, outcome })),
        );
        return recorded.map(({ job }) => job.id).sort();
      };
    },
  },
  'report progress': {
    comesAgain: true,
    prepare: async (store) => {
      const { workerId } = await claimed(store, 1);
      return ({ settlements }) => settlements.report(workerId, [{ id: id(1), fence: 1, progress: '1' }]);
    },
  },
};

async function runningWithOutcomes(store: ScratchStore) {
  const outcomes: Outcome[] = [
    { kind: 'succeeded', result: '1' },
    { kind: 'succeeded', result: undefined },
    { kind: 'retried', failure: { ...FAILED, failedAt: store.clock.now() }, runAt: store.clock.now() + 1_000 },
    { kind: 'dead', failure: { ...FAILED, failedAt: store.clock.now() } },
    { kind: 'cancelled' },
    { kind: 'handed-back' },
    { kind: 'snoozed', runAt: store.clock.now() + 1_000 },
    { kind: 'crashed', failure: { ...FAILED, failedAt: store.clock.now() }, runAt: store.clock.now() + 1_000 },
    { kind: 'crashed-out', failure: { ...FAILED, failedAt: store.clock.now() } },
    { kind: 'retried', failure: { ...FAILED, failedAt: store.clock.now() }, runAt: store.clock.now() + 1_000 },
  ];
  const ids = await submit(store, outcomes.length);
  const request = await joinWorker(store);
  const { claimed: jobs } = await store.claims.claimHinted(request, ids);
  const settlements = jobs.map((job) => ({ job, outcome: outcomes[ids.indexOf(job.id)] }) as Settlement);
  return { request, settlements, cancelled: ids.at(-1) ?? '' };
}

import { ALL_OTHERS, linkJobsOf, type ClaimedJob, type DependencyCondition, type NewJob } from '@holdfast/domain';
import { joinWorker, newJob, type ScratchStore } from '../scratch-store.ts';
import { FAILED, id, submit, type StoreOperations } from './ground.ts';

export const WAITING: StoreOperations = {
  'submit jobs that wait for others, of which one is done': {
    prepare: async (store) => {
      await submit(store, 2);
      await store.database.change(
        "UPDATE jobs SET state = 'cancelled', finished_at = UTC_TIMESTAMP(6) WHERE id = UNHEX(?)",
        [id(2).replaceAll('-', '')],
      );
      const jobs = [waitingFor(store, 3, [1]), waitingFor(store, 4, [2], 'finished'), waitingFor(store, 5, [2])];
      return ({ submissions }) => submissions.insert([jobs]);
    },
  },
  'settle jobs that others wait for': {
    prepare: async (store) => {
      const { workerId, jobs } = await runningBeforeOthers(store);
      const failure = { ...FAILED, failedAt: store.clock.now() };
      return async ({ settlements }) => {
        const recorded = await settlements.settle(workerId, [
          { job: jobs[0] as ClaimedJob, outcome: { kind: 'succeeded', result: '1' } },
          { job: jobs[1] as ClaimedJob, outcome: { kind: 'dead', failure } },
        ]);
        return recorded.map(({ job }) => job.id).sort();
      };
    },
  },
  'cancel a workflow': {
    prepare: async (store) => {
      const workflow = await submitWorkflow(store);
      const now = store.clock.now();
      return async ({ workflows }) => (await workflows.cancel('default', workflow, now))?.workers.length;
    },
  },
  'run a workflow again': {
    prepare: async (store) => {
      const workflow = await submitWorkflow(store);
      const now = store.clock.now();
      await store.workflows.cancel('default', workflow, now);
      return ({ workflows }) => workflows.retry('default', workflow, now);
    },
  },
  'add to a workflow': {
    prepare: async (store) => {
      const workflow = await submitWorkflow(store);
      const dependsOn = [{ name: 'a', condition: 'succeeded' }] as const;
      const added = { name: 'more', dependsOn, job: newJob(store.clock, { id: id(5) }) };
      return async ({ workflowAdditions }) => (await workflowAdditions.add('default', workflow, [added])).kind;
    },
  },
  'run again a job, and those with unique keys that its failure had cancelled': {
    prepare: async (store) => {
      const unique = (key: string) => ({ unique: { key, onConflict: 'existing' } }) as const;
      const [one, other] = [waitingFor(store, 2, [1]), waitingFor(store, 3, [1])];
      await submit(store, 1);
      await store.unique.insert([[{ ...one, ...unique('free') }], [{ ...other, ...unique('taken') }]]);
      await store.operations.cancel('default', id(1));
      await store.unique.insert([[newJob(store.clock, { id: id(4), ...unique('taken') })]]);
      const now = store.clock.now();
      return async ({ operations }) => (await operations.retry('default', id(1), now)).kind;
    },
  },
  'loosen jobs that would wait for each other for ever': {
    comesAgain: true,
    prepare: async (store) => {
      const inLine = { concurrencyKey: 'k', isOrdered: true };
      const later = newJob(store.clock, { ...inLine, id: id(2) });
      await store.submissions.insert([[{ ...waitingFor(store, 1, [2]), ...inLine }, later]]);
      return async ({ dependencies }) => {
        const [head] = await dependencies.findHeads();
        return head && dependencies.decidePage(head, undefined, 10);
      };
    },
  },
  'decide blocked jobs that nobody let go': {
    comesAgain: true,
    prepare: async (store) => {
      await submit(store, 1);
      await store.submissions.insert([[waitingFor(store, 2, [1])]]);
      await store.database.change(
        "UPDATE jobs SET state = 'cancelled', finished_at = UTC_TIMESTAMP(6) WHERE id = UNHEX(?)",
        [id(1).replaceAll('-', '')],
      );
      return async ({ dependencies }) => {
        const [head] = await dependencies.findHeads();
        return head && dependencies.decidePage(head, undefined, 10);
      };
    },
  },
};

function waitingFor(
  { clock }: ScratchStore,
  n: number,
  others: readonly number[],
  condition: DependencyCondition = 'succeeded',
): NewJob {
  return newJob(clock, { id: id(n), dependencies: others.map((other) => ({ dependsOn: id(other), condition })) });
}

/** Two jobs run; one waits for the first, and one for the second, and one for that. */
async function runningBeforeOthers(store: ScratchStore) {
  const ids = await submit(store, 2);
  await store.submissions.insert([[waitingFor(store, 3, [1]), waitingFor(store, 4, [2]), waitingFor(store, 5, [4])]]);
  const { workerId, ...request } = await joinWorker(store);
  const { claimed: jobs } = await store.claims.claimHinted({ workerId, ...request }, ids);
  return { workerId, jobs: [...jobs].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** Of three jobs: one runs, one waits for it, and one for all. @returns its id */
async function submitWorkflow(store: ScratchStore): Promise<string> {
  const workflow = { id: id(70), tenant: 'default', name: 'w', createdAt: store.clock.now() };
  const after = (name: string) => [{ name, condition: 'succeeded' as const }];
  const added = [
    { name: 'a', dependsOn: [], job: newJob(store.clock, { id: id(1) }) },
    { name: 'b', dependsOn: after('a'), job: newJob(store.clock, { id: id(2) }) },
    { name: 'end', dependsOn: after(ALL_OTHERS), job: newJob(store.clock, { id: id(3) }) },
  ];
  await store.submissions.insert([linkJobsOf({ workflow, isNew: true, known: [], added }).jobs]);
  await store.claims.claimHinted(await joinWorker(store), [id(1)]);
  return workflow.id;
}

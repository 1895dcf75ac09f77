import {
  ALL_OTHERS,
  fire,
  intervalTimetable,
  linkJobsOf,
  toJob,
  type ClaimedJob,
  type ClaimRequest,
  type ConflictChoice,
  type DependencyCondition,
  type JobId,
  type NewJob,
  type Outcome,
  type ScheduleProgress,
  type Settlement,
  type WorkerId,
} from '@holdfast/domain';
import type { Database } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { INSERT_OCCURRENCES } from '../statements/firing.ts';
import { renewLease } from '../stores/lease-renewal.ts';
import type { ScheduleRecord } from '../stores/schedule-records.ts';
import { joinWorker, newJob, storesOf, type ScratchStore } from './scratch-store.ts';

type Stores = ReturnType<typeof storesOf>;

/** One thing that a program does in MySQL: the ground it stands on, and the doing. */
export interface StoreOperation {
  /** Done over and over: it may be left to the next time whole, and its answer feeds logs and hints alone. */
  readonly comesAgain?: boolean;
  prepare(store: ScratchStore): Promise<(stores: Stores, database: Database) => Promise<unknown>>;
}

const LONG_AGO = 10_000;
/** One tick is due, and the next is not for three hundred years. */
const RARELY_AT = Date.UTC(2020, 0, 1);
const RARELY_MS = 1e13;
const RARE = intervalTimetable(RARELY_MS, RARELY_AT);
const VITALS = { blockedMs: 0, rssBytes: 1e8, heapUsedBytes: 5e7, jobsStarted: 3, jobsEnded: 2 };
const FAILED = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false } as const;

export const STORE_OPERATIONS: Readonly<Record<string, StoreOperation>> = {
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
  'fire a schedule': {
    comesAgain: true,
    prepare: async (store) => {
      await addSchedule(store);
      return ({ scheduleFiring }) =>
        scheduleFiring.fireDue(10, (schedule, now) => fire(schedule, RARE, { now, limit: 10, newId: () => id(1) }));
    },
  },
  'change a schedule': {
    prepare: async (store) => {
      const schedule = await addSchedule(store);
      return ({ schedules }) => schedules.change(schedule.id, (record) => ({ ...record, pausedBy: 'somebody' }));
    },
  },
  'trigger a schedule': {
    prepare: async (store) => {
      const schedule = await addSchedule(store);
      return async ({ scheduleRuns }) =>
        (await scheduleRuns.trigger(schedule.id, (record, now) => toJob(record, now, now, id(1))))?.id;
    },
  },
  'backfill a schedule': {
    prepare: async (store) => {
      const schedule = await addSchedule(store, { lastAt: RARELY_AT, nextAt: RARELY_AT + RARELY_MS, runs: 0 });
      const skipped = [toBytes(schedule.id), new Date(RARELY_AT), 'tick', 'skipped', 'paused', null, null, null];
      await store.database.change(INSERT_OCCURRENCES, [[skipped]]);
      const ticks = [RARELY_AT - 1_000, RARELY_AT];
      const jobs = new Map(ticks.map((at, n) => [at, toJob(schedule, at, RARELY_AT, id(n))]));
      return async ({ scheduleRuns }) => {
        const made = await scheduleRuns.backfill(schedule.id, jobs);
        return [made?.jobs.map((job) => job.id).sort(), made?.leftAlone];
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
  'forget windows of unique keys that are over': {
    comesAgain: true,
    prepare: async (store) => {
      const unique = { key: 'k', heldForMs: 1, onConflict: 'existing' } as const;
      await store.unique.insert([[newJob(store.clock, { id: id(1), createdAt: 0, unique })]]);
      return ({ unique: keys }) => keys.prune(10);
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
  'register a worker': {
    comesAgain: true,
    prepare: () =>
      Promise.resolve(({ workers }) =>
        workers.register({ id: id(50), name: 'w', queues: ['*'], types: ['echo'], capacity: 1, leaseMs: 60_000 }),
      ),
  },
  'renew a lease': {
    comesAgain: true,
    prepare: async (store) => {
      const { workerId } = await joinWorker(store);
      return (_, database) => renewLease(database, workerId, 60_000, VITALS);
    },
  },
  'report progress': {
    comesAgain: true,
    prepare: async (store) => {
      const { workerId } = await claimed(store, 1);
      return ({ settlements }) => settlements.report(workerId, [{ id: id(1), fence: 1, progress: '1' }]);
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

/** The same ids in every run, so that runs can be compared. */
function id(n: number): JobId {
  return `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

async function submit(store: ScratchStore, n: number, fields: Partial<NewJob> = {}, first = 1): Promise<JobId[]> {
  const jobs = Array.from({ length: n }, (_, index) => newJob(store.clock, { ...fields, id: id(first + index) }));
  await store.submissions.insert([jobs]);
  return jobs.map((job) => job.id);
}

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

async function claimed(store: ScratchStore, n: number, leaseMs = 60_000): Promise<ClaimRequest> {
  const ids = await submit(store, n);
  const request = await joinWorker(store, { leaseMs });
  await store.claims.claimHinted(request, ids);
  return request;
}

async function oneRunning(store: ScratchStore, n = 1): Promise<{ workerId: WorkerId; job: ClaimedJob }> {
  const ids = await submit(store, 1, {}, n);
  const request = await joinWorker(store);
  const { claimed: jobs } = await store.claims.claimHinted(request, ids);
  return { workerId: request.workerId, job: jobs[0] as ClaimedJob };
}

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

async function addSchedule(
  store: ScratchStore,
  progress: Omit<ScheduleProgress, 'queuedAt'> = { lastAt: undefined, nextAt: RARELY_AT, runs: 0 },
): Promise<ScheduleRecord> {
  const { type, queue, payload, priority, timeoutMs, maxAttempts, backoff, tags } = newJob(store.clock);
  const record: ScheduleRecord = {
    id: id(77),
    tenant: 'default',
    name: 'rare',
    definition: {
      recurrence: { kind: 'every', everyMs: RARELY_MS },
      timezone: 'UTC',
      job: { type, queue, payload, priority, timeoutMs, maxAttempts, backoff, tags },
      misfire: 'last',
      misfireLimit: 1,
      overlap: 'skip',
      jitterMs: 0,
      startAt: RARELY_AT,
    },
    progress: { ...progress, queuedAt: undefined },
    pause: undefined,
    pausedBy: undefined,
    revision: 1,
    createdAt: RARELY_AT,
    updatedAt: RARELY_AT,
  };
  await store.schedules.insert(record);
  return record;
}

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Row } from '../database/database.ts';
import { fillWithDependencies, fillWithJobs, fillWithLimits, fillWithOccurrences } from '../testing/many-jobs.ts';
import { openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import * as books from './books.ts';
import * as claim from './claim.ts';
import * as count from './count.ts';
import * as dependency from './dependency.ts';
import { SELECT_EFFECT, SELECT_OLD_EFFECTS } from './effect.ts';
import * as firing from './firing.ts';
import {
  JOB_SUMMARY,
  LIST_CONDITIONS,
  LIST_INDEXES,
  pendingOf,
  SELECT_PENDING_HEADS,
  SELECT_PENDING_HEADS_OF_QUEUE,
  type ListIndex,
} from './list.ts';
import * as limits from './limits.ts';
import { SELECT_LOG_LINES } from './log.ts';
import * as occurrence from './occurrence.ts';
import * as prune from './prune.ts';
import * as schedule from './schedule.ts';
import { LOCK_TALLIES } from './tally.ts';
import * as unique from './unique.ts';
import { selectPendingEnds } from './walk.ts';
import * as workflow from './workflow.ts';

interface Step extends Row {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly Extra: string | null;
}

/** Thousands of rows are made first, on servers shared with whatever else runs on this machine. */
jest.setTimeout(120_000);

const ID = Buffer.alloc(16, 0x80);
const GATE = Buffer.alloc(32, 0x80);
const TIME = '2026-01-01 00:00:00.000000';
const KEYS = {
  tenant: ['default'],
  everything: [],
  queue: ['default', 'mail'],
  type: ['default', 'echo'],
  tag: ['default', 'red'],
  schedule: ['default', 'nightly'],
  unusualState: ['default', 'dead'],
  state: ['dead'],
  stateOfQueue: ['dead', 'mail'],
} as const;

const EVERY_CONDITION = Object.values(LIST_CONDITIONS)
  .map((condition) => `AND ${condition}`)
  .join(' ');
const EVERY_VALUE = ['mail', 'echo', 'dead', 'red', 'nightly'];
const twice = (...values: unknown[]): unknown[] => [...values, ...values];
const times = (...values: unknown[]): unknown[] => Array.from({ length: books.BALANCE_PARTS }, () => values).flat();
const ready = pendingOf(2, true);
const scheduled = pendingOf(2, false);
const heads = ['mail', 0, 'mail', 10];
const page = [86_400_000_000, 'succeeded', 'default', 0, TIME];

type Read = [name: string, statement: string, values: readonly unknown[], sorts?: 'sorts' | undefined];

/** Every statement that reads for the api or walks for a pass. Sorting is allowed where what is sorted is bounded. */
const READS: Read[] = [
  ...Object.entries(LIST_INDEXES).flatMap(([name, index]): Read[] => {
    const { measure, walk, order, measured, walked, isWalkedWhole }: ListIndex = index;
    const start = { tenant: 'default', key: KEYS[name as keyof typeof KEYS], cursor: ID, floor: Buffer.alloc(16) };
    const sorts = isWalkedWhole ? 'sorts' : undefined;
    const everything = `SELECT job.id ${walk} ${EVERY_CONDITION} ${order}`;
    return [
      [`list by ${name}: measure`, measure, [...measured(start), 100]],
      [`list by ${name}`, `SELECT job.id ${walk} ${order}`, [...walked(start), 50], sorts],
      [`list by ${name} with what is shown`, `SELECT ${JOB_SUMMARY} ${walk} ${order}`, [...walked(start), 50], sorts],
      [`list by ${name} and everything else`, everything, [...walked(start), ...EVERY_VALUE, 50], sorts],
    ];
  }),
  ['where pending jobs are', SELECT_PENDING_HEADS, []],
  ['where pending jobs of a queue are', SELECT_PENDING_HEADS_OF_QUEUE, ['mail']],
  ['list of ready jobs: measure', ready.measure, [...heads, 100]],
  ['list of ready jobs', `SELECT job.id ${ready.walk} ${ready.order}`, [...heads, 'default', ID, 50], 'sorts'],
  ['list of scheduled jobs: measure', scheduled.measure, [...heads, 100]],
  [
    'list of scheduled jobs',
    `SELECT job.id ${scheduled.walk} ${scheduled.order}`,
    [...heads, 'default', ID, 50],
    'sorts',
  ],
  ['balance of a tenant', books.BALANCE_OF_TENANT, times('default')],
  ['balance of queues', books.BALANCE_OF_QUEUES, times('default', ['mail', 'default'])],
  ['rates of a tenant', books.RECENT_OF_TENANT, twice('default', 60)],
  ['rates of a queue', books.RECENT_OF_QUEUES, twice('default', ['mail'], 60)],
  ['minutes of a tenant', books.MINUTES_OF_TENANT, twice('default', 3_600)],
  ['minutes of a queue', books.MINUTES_OF_QUEUES, twice('default', ['mail'], 3_600)],
  ['queues of a tenant', books.SELECT_QUEUES_OF_TENANT, [...twice('default', 'a', 51), 51]],
  ['where due jobs are', count.SELECT_DUE_HEADS, []],
  ['where due jobs of queues are', count.SELECT_DUE_HEADS_OF_QUEUES, [['mail', 'default']]],
  ['the oldest due jobs', count.selectOldestDue(2), twice('default', 0, 'mail', 0, 0, 500)],
  ['running jobs by worker', count.COUNT_RUNNING, ['default'], 'sorts'],
  ['where finished jobs are', prune.SELECT_FINISHED_HEADS, ['succeeded']],
  ['a page of finished jobs', prune.SELECT_FINISHED_PAGE, [...page, ID, 500, ...page, 500, 500]],
  ['finished jobs to prune', prune.LOCK_PRUNED, [[ID], 'succeeded', 1]],
  ['who has an effect', SELECT_EFFECT, [Buffer.alloc(32, 0x80)]],
  ['old effects', SELECT_OLD_EFFECTS, [86_400, 500]],
  ['who holds unique keys', unique.SELECT_HOLDERS, [[Buffer.alloc(32, 0x80)]]],
  ['windows that are over', unique.SELECT_ENDED_UNIQUE_KEYS, [500]],
  ['unique keys of jobs', unique.SELECT_JOB_UNIQUE_KEYS, [[ID], 'default']],
  ['lines of a job', SELECT_LOG_LINES, [ID, 1, 1, 1, 51]],
  ['tallies to add up', LOCK_TALLIES, [5_000]],
  ['where the priorities of a queue begin', claim.SELECT_PRIORITIES, ['mail', 'mail']],
  ['what takes up slots', limits.COUNT_RUNNING_OF_KEYS, [['k'], 'mail', ['default']], 'sorts'],
  ['what takes up slots, by key', limits.COUNT_RUNNING_BY_KEY, ['mail', ['default']], 'sorts'],
  ['whose turn it is', limits.SELECT_TURN, [GATE]],
  ['how a rate stands', limits.SELECT_RATES, [[GATE]]],
  ['limits of a tenant', limits.SELECT_POLICIES_OF_TENANT, ['default'], 'sorts'],
  ['unused gates to forget', limits.DELETE_UNUSED_GATES, [86_400, 500]],
  ['when a schedule is due', firing.SELECT_NEXT_WAKE, []],
  ['schedules that are due', firing.SELECT_DUE_SCHEDULES, [20]],
  ['schedules to decide', firing.LOCK_DUE_SCHEDULES, [[ID]]],
  ['jobs of schedules that have not finished', firing.SELECT_OPEN_JOBS, [[ID]]],
  ['schedules by name', schedule.SELECT_PAGE, ['default', 'a', 51]],
  ['occurrences', occurrence.SELECT_OCCURRENCES, [ID, TIME, TIME, TIME, TIME, 'tick', 51]],
  ['certain occurrences', occurrence.SELECT_TICKS, [ID, [TIME]]],
  ['the last trigger', occurrence.SELECT_LAST_TRIGGER, [ID, TIME]],
  ['the ends of due times', selectPendingEnds(2), twice(...twice('mail', 'mail', 0, TIME, '2027-01-01', 50))],
  ['what a job waits for', dependency.SELECT_DEPENDENCIES, [ID, 50]],
  ['what came of it', dependency.SELECT_DEPENDENCY_RESULTS, [ID, ID, 50]],
  ['what blocked jobs wait for', dependency.SELECT_UNMET, [[ID]]],
  ['who waits for a job', dependency.SELECT_BLOCKED_DEPENDANTS, [[ID], 50]],
  ['who was cancelled for a job', dependency.SELECT_CANCELLED_DEPENDANTS, [[ID], 50]],
  ['where blocked jobs are', dependency.SELECT_BLOCKED_HEADS, []],
  ['a page of blocked jobs', dependency.SELECT_BLOCKED_PAGE, ['default', 0, TIME, ID, 50, 'default', 0, TIME, 50, 50]],
  ['what keeps jobs blocked', dependency.SELECT_OPEN, [[ID]]],
  ['blocked jobs that nobody let go', dependency.SELECT_MISSED, [[ID]]],
  ['workflows', workflow.SELECT_WORKFLOWS, ['default', ID, 50]],
  ['which workflow a job is part of', workflow.SELECT_WORKFLOW_OF_JOB, [ID]],
  ['the jobs of workflows by state', workflow.COUNT_WORKFLOW_JOBS, [[ID]], 'sorts'],
  ['the jobs of a workflow', workflow.SELECT_WORKFLOW_NODES, [ID]],
  ['who waits for whom in a workflow', workflow.SELECT_WORKFLOW_LINKS, [ID]],
  ['old occurrences to forget', occurrence.DELETE_OLD_OCCURRENCES, [86_400, 500]],
];

const LIMIT_TABLES = ['gates', 'ordered_jobs', 'queue_policies'];
const TABLES = [
  'effects',
  'unique_keys',
  'job_unique_keys',
  'job_logs',
  'tallies',
  'tally_totals',
  'tally_slices',
  'tally_dues',
  'schedules',
  'occurrences',
  ...LIMIT_TABLES,
  'dependencies',
  'workflow_jobs',
];

describe('the plan of', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
    await fillWithJobs(store.database, 13);
    await store.database.change(
      "INSERT INTO tallies (tenant, queue, event, from_state, to_state, n) SELECT tenant, queue, 'submit', '', 'pending', 1 FROM jobs LIMIT 2000",
    );
    await fillWithOccurrences(store.database);
    await store.tallies.rollUp(1_000);
    await store.database.change(
      "INSERT INTO effects (id, tenant, name, job_id, fence, changed_at) SELECT RPAD(id, 32, 'x'), tenant, HEX(id), id, 1, run_at FROM jobs LIMIT 2000",
    );
    await store.database.change(
      "INSERT INTO unique_keys (id, job_id, nonce, held_until) SELECT RPAD(id, 32, 'x'), id, id, run_at FROM jobs LIMIT 2000",
    );
    await store.database.change(
      "INSERT INTO job_unique_keys (job_id, key_id, tenant, name) SELECT id, RPAD(id, 32, 'x'), tenant, HEX(id) FROM jobs LIMIT 2000",
    );
    await fillWithLimits(store.database);
    await fillWithDependencies(store.database);
    await store.database.change(
      "INSERT INTO job_logs (job_id, fence, number, attempt, logged_at, line) SELECT id, 1, 1, 1, run_at, 'x' FROM jobs LIMIT 2000",
    );
    for (const table of TABLES) await store.database.rows(`ANALYZE TABLE ${table}`);
  });

  afterAll(() => store.close());

  const every = READS.map(([name, statement, values, sorts]) => [name, { statement, values, sorts }] as const);

  it.each(every)('%s reads no table whole', async (_, { statement, values, sorts }) => {
    const plan = await store.database.rows<Step>(`EXPLAIN FORMAT=TRADITIONAL ${statement}`, values);
    expect(plan.filter(isWhole)).toEqual([]);
    if (!sorts) expect(plan.filter((step) => isStored(step) && /filesort/.test(step.Extra ?? ''))).toEqual([]);
  });

  it('the balance of everybody reads totals, which are few, and of due times only those ahead', async () => {
    const plan = await store.database.rows<Step>(`EXPLAIN FORMAT=TRADITIONAL ${books.BALANCE_OF_EVERYBODY}`);
    const dues = plan.filter(({ table }) => table === 'tally_dues');
    expect(dues.map(({ type, key }) => ({ type, key }))).toEqual(dues.map(() => ({ type: 'range', key: 'by_age' })));
    expect(dues).toHaveLength(4);
    expect(new Set(plan.filter(isStored).map(({ table }) => table))).toEqual(
      new Set(['tally_dues', 'tally_totals', 'tallies']),
    );
  });

  it('a read of a whole table is noticed', async () => {
    const plan = await store.database.rows<Step>(
      "EXPLAIN FORMAT=TRADITIONAL SELECT id FROM jobs WHERE payload = 'x' ORDER BY error",
    );
    expect(plan.filter(isWhole)).toHaveLength(1);
  });
});

/** Not what an earlier step of the same statement gathered. */
function isStored({ table }: Step): boolean {
  return table !== null && !table.startsWith('<');
}

/** Of `tallies`, which hold the last ten seconds, and of pauses, of which the first one is enough, MySQL may read an index whole. */
function isWhole(step: Step): boolean {
  const isShort = /for group-by/.test(step.Extra ?? '') || ['tallies', 'queue_pauses'].includes(step.table ?? '');
  return isStored(step) && (step.type === 'ALL' || (step.type === 'index' && !isShort));
}

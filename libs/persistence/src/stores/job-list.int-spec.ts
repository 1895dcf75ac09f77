import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { JOB_STATES, type JobId } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import { fillWithJobs } from '../testing/many-jobs.ts';
import { openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import { UNUSUAL_STATES } from '../statements/list.ts';
import { JobListStore } from './job-list.store.ts';
import type { JobFilter } from './list-ways.ts';

interface Known {
  readonly id: JobId;
  readonly tenant: string;
  readonly queue: string;
  readonly type: string;
  readonly state: string;
  readonly tag: string | undefined;
  readonly schedule: string | undefined;
  readonly isDue: boolean;
}

/** Thousands of rows are made first, on servers shared with whatever else runs on this machine. */
jest.setTimeout(120_000);

const SCHEDULE = Buffer.alloc(16, 7);
const NO_PATIENCE_MS = 0;
const EVERY_PATIENCE_MS = 60_000;

const OPTIONS = {
  queue: [undefined, 'mail', 'reports', 'none'],
  type: [undefined, 'echo', 'email.send'],
  tag: [undefined, 'red', 'blue'],
  state: [undefined, ...JOB_STATES],
  isDue: [undefined, true, false],
} as const;

/** Every mixture of filters, but few of those by schedule, which are like those by tag. */
const FILTERS: JobFilter[] = [
  ...[
    {},
    { queue: 'mail' },
    { tag: 'red' },
    { state: 'pending' as const, isDue: true },
    { state: 'dead' as const },
  ].flatMap((filter) => ['nightly', 'never'].map((schedule) => ({ schedule, ...filter }))),
  ...OPTIONS.queue.flatMap((queue) =>
    OPTIONS.type.flatMap((type) =>
      OPTIONS.tag.flatMap((tag) =>
        OPTIONS.state.flatMap((state) =>
          (state === 'pending' ? OPTIONS.isDue : [undefined]).map((isDue) => ({ queue, type, tag, state, isDue })),
        ),
      ),
    ),
  ),
];

describe('lists', () => {
  let store: ScratchStore;
  let jobs: Known[];

  beforeAll(async () => {
    store = await openScratchStore();
    await fillWithJobs(store.database, 9);
    await scheduleEveryFourth(store);
    const rows = await store.database.rows<Row & { id: Buffer; tags: string | null; due: number; planned: number }>(
      `SELECT id, tenant, queue, type, state, tags, run_at <= UTC_TIMESTAMP(6) AS due, schedule_id IS NOT NULL AS planned
       FROM jobs ORDER BY id DESC`,
    );
    jobs = rows.map(({ id, tags, due, planned, ...row }) => ({
      ...(row as unknown as Known),
      id: fromBytes(id),
      tag: tags === null ? undefined : (JSON.parse(tags) as string[])[0],
      schedule: planned === 1 ? 'nightly' : undefined,
      isDue: due === 1,
    }));
  });

  afterAll(() => store.close());

  function wanted(filter: JobFilter): JobId[] {
    const given = Object.entries(filter).filter(([, value]) => value !== undefined);
    const fits = (job: Known): boolean => given.every(([name, value]) => job[name as keyof Known] === value);
    return jobs.filter((job) => job.tenant === 'default' && fits(job)).map(({ id }) => id);
  }

  async function readThrough(lists: JobListStore, filter: JobFilter, limit: number) {
    const ids: JobId[] = [];
    let calls = 0;
    for (let before: JobId | undefined; calls === 0 || before; calls++) {
      const page = await lists.find('default', filter, limit, before);
      expect(page.ids.length).toBeLessThanOrEqual(limit);
      ids.push(...page.ids);
      before = page.next;
    }
    return { ids, calls };
  }

  it.each([
    ['more than there are', 3_000],
    ['a few', 20],
    ['one', 1],
  ])('hold every job that any filter asks for, the newest first, with a window of %s', async (_, window) => {
    const lists = new JobListStore(store.database, window, NO_PATIENCE_MS);
    const filters = window === 1 ? FILTERS.filter((__, n) => n % 29 === 0) : FILTERS;
    for (const filter of filters) {
      expect({ filter, ids: (await readThrough(lists, filter, 7)).ids }).toEqual({ filter, ids: wanted(filter) });
    }
  });

  it('end after a window, short, and say where to go on', async () => {
    const lists = new JobListStore(store.database, 20, NO_PATIENCE_MS);
    const page = await lists.find('default', { queue: 'mail', type: 'fail', state: 'succeeded' }, 50);
    expect(page.ids.length).toBeLessThan(20);
    expect(page.next).toBeDefined();
  });

  it.each(JOB_STATES)('of the state %s are full at once, however many other jobs come between', async (state) => {
    const window = UNUSUAL_STATES.includes(state) ? 1 : jobs.filter((job) => job.state === state).length + 1;
    expect(await firstPage({ state }, window)).toEqual(wantedPage({ state }));
  });

  it.each([
    ['ready', { state: 'pending', isDue: true }],
    ['scheduled', { state: 'pending', isDue: false }],
    ['ready in a queue', { state: 'pending', isDue: true, queue: 'mail' }],
    ['scheduled in a queue', { state: 'pending', isDue: false, queue: 'mail' }],
  ] as const)('of jobs that are %s are full at once, however many other jobs are pending', async (_, filter) => {
    const fits = (job: Known): boolean => job.state === 'pending' && job.isDue === filter.isDue;
    expect(await firstPage(filter, jobs.filter(fits).length + 1)).toEqual(wantedPage(filter));
  });

  it('go on from window to window while there is time', async () => {
    const filter: JobFilter = { queue: 'mail', type: 'echo', state: 'succeeded' };
    const lists = new JobListStore(store.database, 3, EVERY_PATIENCE_MS);
    expect(await lists.find('default', filter, 1_000)).toEqual({ ids: wanted(filter), next: undefined });
  });

  it('end at once where nothing is pending', async () => {
    const lists = new JobListStore(store.database, 1, NO_PATIENCE_MS);
    const page = await lists.find('default', { state: 'pending', isDue: true, queue: 'none' }, 5);
    expect(page).toEqual({ ids: [], next: undefined });
  });

  async function firstPage(filter: JobFilter, window: number) {
    const { ids, next } = await new JobListStore(store.database, window, NO_PATIENCE_MS).find('default', filter, 5);
    return { ids, goesOn: next !== undefined };
  }

  function wantedPage(filter: JobFilter) {
    const ids = wanted(filter);
    return { ids: ids.slice(0, 5), goesOn: ids.length > 5 };
  }
});

/** As if a schedule of the tenant had made them, one a second. */
async function scheduleEveryFourth({ database }: ScratchStore): Promise<void> {
  await database.change(
    "INSERT INTO schedules (id, tenant, name, definition, created_at, updated_at) VALUES (?, 'default', 'nightly', '{}', NOW(), NOW())",
    [SCHEDULE],
  );
  await database.change(
    `UPDATE jobs SET schedule_id = ?, planned_at = created_at + INTERVAL CONV(HEX(SUBSTR(id, 1, 3)), 16, 10) SECOND
     WHERE tenant = 'default' AND CONV(HEX(SUBSTR(id, 16, 1)), 16, 10) % 4 = 0`,
    [SCHEDULE],
  );
  await database.change(
    `INSERT INTO occurrences (schedule_id, planned_at, origin, outcome, job_id)
     SELECT schedule_id, planned_at, 'tick', 'fired', id FROM jobs WHERE schedule_id IS NOT NULL`,
  );
}

import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Database,
  DATABASE_DEFAULTS,
  IndexRecordStore,
  JobClaimStore,
  JobOperationStore,
  JobSubmissionStore,
  PassStore,
  QueueStore,
  StoreClock,
  toBytes,
  WorkerStore,
} from '@holdfast/persistence';
import { migrateUp } from '@holdfast/persistence/schema';
import { createScratchDatabase, type ScratchDatabase, testServerUrl } from '../testing/scratch-database.ts';
import { diagnose, repair } from './diagnosis.ts';
import type { Finding } from './finding.ts';
import { IndexReader } from './index-reader.ts';
import type { Installation } from './installation.ts';

const TABLES = [
  'jobs',
  'job_tags',
  'job_failures',
  'workers',
  'passes',
  'tallies',
  'tally_totals',
  'tally_slices',
  'queues',
];

describe('the doctor', () => {
  let scratch: ScratchDatabase;
  let database: Database;
  let clock: StoreClock;
  let installation: Installation;
  let index: IndexReader;

  beforeAll(async () => {
    scratch = await createScratchDatabase();
    await migrateUp(scratch.url);
    database = new Database({ ...DATABASE_DEFAULTS, url: scratch.url });
    clock = new StoreClock(database);
    await clock.sample();
  });

  afterAll(async () => {
    await database.close();
    await scratch.drop();
  });

  afterEach(() => index.close());

  beforeEach(async () => {
    for (const table of TABLES) await database.change(`DELETE FROM ${table}`);
    const prefix = `doctor-${randomBytes(6).toString('hex')}`;
    index = await IndexReader.open(testServerUrl('TEST_REDIS_URL'), prefix, clock);
    installation = { database, index, maxCrashes: 3, longTransactionSeconds: 60 };
    await new PassStore(database).register('some-pass');
    await new QueueStore(database).create(['default']);
    const [record] = await new IndexRecordStore(database).findAll();
    await index.build('default', record?.generation ?? 0);
  });

  async function submit(fields: { type?: string; queue?: string; dueFor?: number } = {}): Promise<string> {
    const { type = 'echo', queue = 'default', dueFor = 0 } = fields;
    const now = clock.now();
    const id = randomUUID();
    const backoff = { strategy: 'fixed', delayMs: 1_000, maxDelayMs: 1_000, jitter: 0 } as const;
    const rest = { tenant: 'default', priority: 0, deadline: undefined, timeoutMs: 30_000, maxAttempts: 5, tags: [] };
    const job = { ...rest, id, type, queue, payload: '{}', runAt: now - dueFor * 1_000, backoff, createdAt: now };
    await new JobSubmissionStore(database).insert([[job]]);
    return id;
  }

  async function join({ types = ['echo'], queues = ['*'], capacity = 10 } = {}): Promise<string> {
    const id = randomUUID();
    await new WorkerStore(database).register({ id, name: 'w', queues, types, capacity, leaseMs: 60_000 });
    return id;
  }

  async function indexed(id: string, queue = 'default'): Promise<void> {
    await index.add([{ id, tenant: 'default', queue, priority: 0, runAt: clock.now() - 1_000 }]);
  }

  async function seen(check: string): Promise<readonly Finding[]> {
    const { findings } = await diagnose(installation);
    return findings.filter((finding) => finding.check === check);
  }

  /** Sees it, mends it, and sees it no more. */
  async function repaired(check: string): Promise<readonly string[]> {
    const found = await seen(check);
    expect(found.length).toBeGreaterThan(0);
    const outcome = await repair(found);
    expect(outcome.remaining).toEqual([]);
    expect(await seen(check)).toEqual([]);
    return outcome.repaired;
  }

  it('finds nothing wrong with a healthy installation', async () => {
    await join();
    await indexed(await submit());
    expect((await diagnose(installation)).findings).toEqual([]);
  });

  it('adds due jobs that the index does not know', async () => {
    await join();
    const id = await submit({ dueFor: 30 });
    expect(await repaired('index')).toEqual(['added 1 jobs of queue default to the index']);
    expect(await index.findKnown('default', [{ id }])).toEqual(new Set([id]));
  });

  it('drops ids from the index that wait no more', async () => {
    await join();
    await indexed(randomUUID());
    expect(await repaired('index')).toEqual(['dropped 1 ids from the index of queue default']);
  });

  it('says that an index is lost', async () => {
    await new QueueStore(database).create(['lost']);
    expect(await seen('index')).toMatchObject([{ severity: 'error', what: expect.stringContaining('queue lost') }]);
  });

  it('takes back the jobs of workers that are gone, as a scheduler would', async () => {
    const id = await submit();
    const workerId = await join();
    await new JobClaimStore(database).claimHinted(request(workerId), [id]);
    await new WorkerStore(database).deregister(workerId);
    expect(await repaired('orphans')).toEqual(['took back 1 jobs from workers that are gone']);
    const [job] = await database.rows('SELECT state, crashes, attempt FROM jobs');
    expect(job).toMatchObject({ state: 'pending', crashes: 1, attempt: 0 });
  });

  it('tells of workers that fell silent long ago, and leaves them to a scheduler', async () => {
    await join();
    await database.change('UPDATE workers SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE');
    expect(await seen('orphans')).toMatchObject([{ severity: 'error', what: expect.stringContaining('1 workers') }]);
  });

  it('tells of rows whose job is gone', async () => {
    await database.change("INSERT INTO job_tags (tenant, tag, job_id) VALUES ('default', 'a', ?)", [
      toBytes(randomUUID()),
    ]);
    expect(await seen('orphans')).toMatchObject([{ what: expect.stringContaining('1 rows of job_tags') }]);
  });

  it('names the queue that no worker serves', async () => {
    await join({ queues: ['another'] });
    await indexed(await submit());
    expect(await seen('workers')).toMatchObject([{ what: 'Queue default has 1 ready jobs and no live worker.' }]);
  });

  it('names the type that no worker has a handler for', async () => {
    await join();
    await indexed(await submit({ type: 'report.generate' }));
    expect(await seen('handlers')).toMatchObject([{ what: expect.stringContaining('report.generate') }]);
  });

  it('sees jobs that are ready for long beside free slots, but not those of a paused queue', async () => {
    await join();
    await indexed(await submit({ dueFor: 300 }));
    expect(await seen('stuck')).toHaveLength(1);
    await database.change("INSERT INTO queue_pauses (queue, tenant, paused_by) VALUES ('default', 'default', 'me')");
    expect(await seen('stuck')).toEqual([]);
    await database.change('DELETE FROM queue_pauses');
  });

  it('sees a running job that ignores its cancellation', async () => {
    const id = await submit();
    await new JobClaimStore(database).claimHinted(request(await join()), [id]);
    await new JobOperationStore(database).cancel('default', id);
    await database.change('UPDATE jobs SET cancel_requested_at = UTC_TIMESTAMP(6) - INTERVAL 5 MINUTE');
    expect(await seen('stuck')).toMatchObject([{ what: expect.stringContaining(id) }]);
  });

  it('sees workers without room while jobs wait', async () => {
    const id = await submit();
    await new JobClaimStore(database).claimHinted(request(await join({ capacity: 1 })), [id]);
    await indexed(await submit({ dueFor: 50 }));
    expect(await seen('capacity')).toHaveLength(1);
  });

  it('sees a storm of retries', async () => {
    await database.change(
      "INSERT INTO tallies (tenant, queue, event, from_state, to_state, n) VALUES ('default', 'default', 'fail', 'running', 'pending', 500)",
    );
    expect(await seen('retries')).toHaveLength(1);
  });

  it('sees passes that nobody runs', async () => {
    await database.change('UPDATE passes SET next_run_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR');
    expect(await seen('passes')).toMatchObject([{ what: expect.stringContaining('some-pass') }]);
  });

  it('sees that rows were deleted by hand', async () => {
    await submit();
    await database.change('DELETE FROM jobs');
    expect(await seen('books')).toMatchObject([{ what: 'Statistics say that 1 jobs are pending, and 0 are.' }]);
  });

  it('sums up what was left undone', async () => {
    const rows = Array.from({ length: 1_001 }, () => ['default', 'default', 'submit', '', 'pending', 0]);
    await database.change('INSERT INTO tallies (tenant, queue, event, from_state, to_state, n) VALUES ?', [rows]);
    await database.change('UPDATE tallies SET counted_at = counted_at - INTERVAL 1 HOUR');
    expect(await repaired('books')).toEqual(['summed up 1001 counts']);
  });

  it('sees a transaction that has been open for long', async () => {
    await submit();
    const impatient = { ...installation, longTransactionSeconds: 0 };
    const { findings } = await database.transaction(async (session) => {
      await session.rows('SELECT id FROM jobs FOR UPDATE');
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // MySQL counts whole seconds
      return diagnose(impatient);
    });
    expect(findings).toContainEqual(expect.objectContaining({ check: 'transactions' }));
  });

  it('says which migration is missing, and looks no further', async () => {
    const [last] = await database.rows('SELECT * FROM migrations ORDER BY id DESC LIMIT 1');
    await database.change('DELETE FROM migrations WHERE id = ?', [last?.['id']]);
    const { findings, skipped } = await diagnose(installation);
    await database.change('INSERT INTO migrations (id, timestamp, name) VALUES (?)', [
      [last?.['id'], last?.['timestamp'], last?.['name']],
    ]);
    expect(findings).toMatchObject([{ check: 'schema', severity: 'error' }]);
    expect(skipped).toContain('everything that needs the schema');
  });

  it('says that Redis does not answer, and looks at the rest', async () => {
    await submit();
    const nowhere = await IndexReader.open('redis://127.0.0.1:1', 'none', clock);
    const { findings } = await diagnose({ ...installation, index: nowhere });
    nowhere.close();
    expect(findings.map(({ check }) => check).sort()).toEqual(['redis', 'workers']);
  });

  function request(workerId: string) {
    return { workerId, queue: 'default', types: ['echo'], alone: { fromCrashes: 1, room: 0 } };
  }
});

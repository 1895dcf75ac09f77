import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASE_DEFAULTS } from '../database/database-options.ts';
import { Database, type Row } from '../database/database.ts';
import { isRetryable } from '../database/database-errors.ts';
import { FAULTS } from '../testing/faults.ts';
import { FaultyWire, type Fault } from '../testing/faulty-wire.ts';
import { openScratchStore, storesOf, type ScratchStore } from '../testing/scratch-store.ts';
import { STORE_OPERATIONS } from '../testing/store-operations/store-operations.ts';

const TABLES = [
  'jobs',
  'job_tags',
  'job_failures',
  'idempotency_keys',
  'unique_keys',
  'job_unique_keys',
  'steps',
  'job_logs',
  'effects',
  'schedules',
  'occurrences',
  'dependencies',
  'workflows',
  'workflow_jobs',
  'workers',
  'passes',
  'tallies',
  'tally_totals',
  'tally_slices',
  'queue_policies',
  'gates',
  'ordered_jobs',
  'laned_queues',
];

/** Everything that an operation may change, without times and random ids. */
const STATE = [
  `SELECT HEX(id) AS id, state, attempt, fence, crashes, generation, revision, priority, has_dependants, is_ordered, worker_id IS NULL AS free, result, error, progress, payload,
     cancel_requested_at IS NULL AS wanted, finished_at IS NULL AS unfinished FROM jobs ORDER BY id`,
  'SELECT HEX(job_id) AS id, tag FROM job_tags ORDER BY job_id, tag',
  'SELECT HEX(job_id) AS id, fence, attempt, generation, kind FROM job_failures ORDER BY job_id, fence',
  'SELECT HEX(id) AS id, HEX(job_ids) AS jobs, placed FROM idempotency_keys ORDER BY id',
  'SELECT HEX(id) AS id, HEX(job_id) AS job, held_until IS NULL AS open FROM unique_keys ORDER BY id',
  'SELECT HEX(job_id) AS id, name, held_for_ms FROM job_unique_keys ORDER BY job_id',
  'SELECT HEX(job_id) AS id, fence, number, line FROM job_logs ORDER BY job_id, fence, number',
  'SELECT HEX(job_id) AS id, name, fence, result FROM steps ORDER BY job_id, name',
  'SELECT name, HEX(job_id) AS job, fence, is_recorded, result FROM effects ORDER BY name',
  'SELECT name, revision, runs, last_at, next_at, definition, paused_by FROM schedules ORDER BY name',
  `SELECT IF(origin = 'tick', planned_at, NULL) AS tick, origin, outcome, reason, HEX(job_id) AS job FROM occurrences
     ORDER BY origin, planned_at`,
  'SELECT queue, tenant, policy FROM queue_policies ORDER BY queue, tenant',
  'SELECT HEX(id) AS id, due_us > 0 AS is_spent FROM gates ORDER BY id',
  'SELECT HEX(gate_id) AS gate, HEX(job_id) AS job FROM ordered_jobs ORDER BY gate_id, job_id',
  'SELECT HEX(job_id) AS id, HEX(depends_on) AS other, requirement, is_cause FROM dependencies ORDER BY job_id, depends_on',
  'SELECT HEX(id) AS id, cancelled_at IS NULL AS open FROM workflows ORDER BY id',
  'SELECT name, HEX(job_id) AS id, awaits_all FROM workflow_jobs ORDER BY name',
  'SELECT name, capacity FROM workers ORDER BY id',
  'SELECT name, runs FROM passes ORDER BY name',
  `SELECT event, from_state, to_state, CAST(SUM(n) AS UNSIGNED) AS n FROM tallies
     GROUP BY event, from_state, to_state ORDER BY event, from_state, to_state`,
  'SELECT queue, event, from_state, to_state, n FROM tally_totals ORDER BY queue, event, from_state, to_state',
  "SELECT event, CAST(SUM(n) AS UNSIGNED) AS n FROM tally_slices WHERE span = 'minute' AND queue = '' GROUP BY event ORDER BY event",
];

/** Only what is wrong takes so long. */
const PATIENCE_MS = 10_000;

describe.each(Object.entries(STORE_OPERATIONS))('to %s', (_, operation) => {
  let store: ScratchStore;
  let wire: FaultyWire;
  let database: Database;
  let undisturbed: Run;

  beforeAll(async () => {
    store = await openScratchStore();
    wire = await FaultyWire.before(store.url);
    database = new Database({ ...DATABASE_DEFAULTS, url: wire.url, connections: 1, retryDelayMs: 5 });
    undisturbed = await run();
  });

  afterAll(async () => {
    await database.close();
    await wire.close();
    await store.close();
  });

  it.each(Object.entries(FAULTS))('is done once and whole, whichever statement meets: %s', async (__, fault) => {
    for (const [index, statement] of undisturbed.statements.entries()) {
      if (fault.kind === 'late' && !takesEffectAlone(statement, undisturbed.statements)) continue;
      const { answer, after } = await run({ nth: index + 1, fault });
      expect({ statement, after }).toEqual({ statement, after: undisturbed.after });
      if (!operation.comesAgain) expect({ statement, answer }).toEqual({ statement, answer: undisturbed.answer });
    }
  });

  interface Run {
    readonly answer: unknown;
    readonly after: Row[][];
    readonly statements: readonly string[];
  }

  async function run(failing?: { nth: number; fault: Fault }): Promise<Run> {
    for (const table of TABLES) await store.database.change(`DELETE FROM ${table}`);
    const doIt = await operation.prepare(store);
    await database.rows('SELECT 1'); // connected before anything fails
    wire.watch(failing);
    const answer = await doIt(storesOf(database), database).catch((error: unknown) => {
      if (!operation.comesAgain || !isRetryable(error)) throw error;
    });
    if (!wire.fired) throw new Error('the fault did not happen');
    const statements = [...wire.statements];
    await wire.landed;
    const again = operation.comesAgain ? () => doIt(storesOf(database), database) : () => Promise.resolve();
    const after = failing ? await settled(again) : await stateOf(store);
    return { answer, after, statements };
  }

  /**
   * What came of it, in the end: what a lost connection began may still be carried out or taken back for a moment. What
   * comes again leaves out rows that such a connection still holds, and finds them free another time.
   */
  async function settled(again: () => Promise<unknown>): Promise<Row[][]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      await again();
      const after = await stateOf(store);
      if (isDeepStrictEqual(after, undisturbed.after) || performance.now() > deadline) return after;
      await pause(10);
    }
  }
});

/** Any other statement of a connection that was lost is rolled back, however late it arrives. */
function takesEffectAlone(statement: string, all: readonly string[]): boolean {
  return statement.endsWith('COMMIT') || !all.some((each) => each.endsWith('COMMIT'));
}

async function stateOf(store: ScratchStore): Promise<Row[][]> {
  return Promise.all(STATE.map((query) => store.database.rows(query)));
}

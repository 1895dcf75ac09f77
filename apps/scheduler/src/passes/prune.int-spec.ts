import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FINISHED_STATES, type FinishedState, type NewJob } from '@holdfast/domain';
import { toBytes, type Row } from '@holdfast/persistence';
import { openScratchSystem, submitUntold, type ScratchSystem } from '../testing/scratch-system.ts';
import { pruneFinished, type PruneMemory, type PruneOptions } from './prune-finished.pass.ts';
import { pruneJournal } from './prune-journal.pass.ts';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;
const KEPT = { succeeded: DAY_MS, dead: 90 * DAY_MS, cancelled: undefined, expired: DAY_MS };
const OPTIONS: PruneOptions = { keptMs: KEPT, pageSize: 5, fruitlessPages: 3, runMs: 60_000 };

describe('pruning', () => {
  let system: ScratchSystem;

  beforeAll(async () => {
    system = await openScratchSystem();
  });

  afterAll(() => system.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'tallies', 'job_transitions']) await system.database.change(`DELETE FROM ${table}`);
  });

  const prune = (options: Partial<PruneOptions> = {}, memory: PruneMemory = new Map(), signal = NEVER) =>
    pruneFinished({ jobs: system.finished }, { ...OPTIONS, ...options }, memory, signal);

  /** As if they had finished days ago, in this order. */
  async function finished(state: FinishedState, n: number, daysAgo: number, fields: Partial<NewJob> = {}) {
    for (let each = 0; each < n; each++) {
      const { id } = await submitUntold(system, { runAt: system.clock.now() - daysAgo * DAY_MS + each, ...fields });
      await system.database.change(
        'UPDATE jobs SET state = ?, finished_at = UTC_TIMESTAMP(6) - INTERVAL ? DAY WHERE id = ?',
        [state, daysAgo, toBytes(id)],
      );
    }
  }

  async function left(): Promise<Record<string, number>> {
    const rows = await system.database.rows<Row & { state: string; n: number }>(
      'SELECT state, COUNT(*) AS n FROM jobs GROUP BY state',
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  it('deletes of each state what was kept for its time, and nothing else', async () => {
    for (const state of FINISHED_STATES) await finished(state, 3, 2);
    await finished('dead', 2, 91);
    await finished('succeeded', 2, 0);
    await submitUntold(system);
    expect(await prune()).toEqual({ succeeded: 3, dead: 2, expired: 3 });
    expect(await left()).toEqual({ succeeded: 2, dead: 3, cancelled: 3, pending: 1 });
    expect(await prune()).toEqual({ succeeded: 0, dead: 0 });
  });

  it('goes through every queue and priority, in pages', async () => {
    await finished('succeeded', 12, 2);
    await finished('succeeded', 7, 2, { queue: 'mail' });
    await finished('succeeded', 4, 2, { priority: 9 });
    expect(await prune()).toMatchObject({ succeeded: 23 });
    expect(await left()).toEqual({});
  });

  it('rests after pages in which there was nothing to do, and the next run goes on behind them', async () => {
    await finished('succeeded', 20, 0, { runAt: system.clock.now() - 9 * DAY_MS });
    await finished('succeeded', 2, 2);
    const memory: PruneMemory = new Map();
    expect(await prune({}, memory)).toMatchObject({ succeeded: 0 });
    expect(memory.size).toBe(1);
    expect(await prune({}, memory)).toMatchObject({ succeeded: 2 });
    expect(memory.size).toBe(0);
  });

  it('stops when it is told to, or when its time is over', async () => {
    await finished('succeeded', 3, 2);
    expect(await prune({}, new Map(), AbortSignal.abort())).toMatchObject({ succeeded: 0 });
    expect(await left()).toEqual({ succeeded: 3 });
  });

  it('forgets transitions that were written down long enough ago, however many', async () => {
    const write = `INSERT INTO job_transitions (at, job_id, tenant, queue, event, from_state, to_state, generation, attempt, crashes,
      fence, run_at, actor) VALUES ?`;
    const row = (days: number): unknown[] => [
      ...[new Date(Date.now() - days * DAY_MS), Buffer.alloc(16, 1), 'default', 'default', 'submit', '', 'pending'],
      ...[1, 0, 0, 0, new Date(), 'here:1'],
    ];
    await system.database.change(write, [[...Array.from({ length: 23 }, () => row(8)), row(1), row(0)]]);
    const ports = { journal: system.journal };
    expect(await pruneJournal(ports, { keptMs: 7 * DAY_MS, limit: 5 }, NEVER)).toEqual({ pruned: 23 });
    expect(await system.database.rows('SELECT 1 FROM job_transitions')).toHaveLength(2);
    expect(await pruneJournal(ports, { keptMs: 7 * DAY_MS, limit: 5 }, NEVER)).toEqual({ pruned: 0 });
  });
});

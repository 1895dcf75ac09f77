import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ALL_OTHERS, linkJobsOf, type AddedNode, type JobId, type NewJob, type Outcome } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import type { AdditionAnswer } from './workflow-addition.store.ts';

/** Real servers, shared with whatever else runs on this machine. */
jest.setTimeout(60_000);

const TABLES = [
  'jobs',
  'job_failures',
  'workers',
  'tallies',
  'dependencies',
  'ordered_jobs',
  'workflows',
  'workflow_jobs',
];
const SUCCEEDED: Outcome = { kind: 'succeeded', result: undefined };

describe('jobs that keep an order and wait for others', () => {
  let store: ScratchStore;
  let workflow: string;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  beforeEach(async () => {
    for (const table of TABLES) await store.database.change(`DELETE FROM ${table}`);
  });

  const inLine = (concurrencyKey: string): Partial<NewJob> => ({ concurrencyKey, isOrdered: true });
  const after = (...ids: JobId[]): Partial<NewJob> => ({
    dependencies: ids.map((dependsOn) => ({ dependsOn, condition: 'finished' })),
  });

  async function submit(...fields: Partial<NewJob>[]): Promise<JobId> {
    const job = newJob(store.clock, Object.assign({}, ...fields) as Partial<NewJob>);
    await store.submissions.insert([[job]]);
    return job.id;
  }

  async function submitWorkflow(...added: AddedNode[]): Promise<void> {
    const [first] = added;
    workflow = first?.job.id ?? '';
    const of = { id: workflow, tenant: 'default', name: 'graph', createdAt: first?.job.createdAt ?? 0 };
    await store.submissions.insert([linkJobsOf({ workflow: of, isNew: true, known: [], added }).jobs]);
  }

  function node(name: string, dependsOn: string[], line?: string): AddedNode {
    const job = newJob(store.clock, line === undefined ? {} : inLine(line));
    const named = dependsOn.map((each) => ({ name: each, condition: 'finished' as const }));
    return { name, dependsOn: named, job, line: line && `default ${line}` };
  }

  const add = (...added: AddedNode[]): Promise<AdditionAnswer> =>
    store.workflowAdditions.add('default', workflow, added);

  /** What a scheduler does every ten seconds. @returns how many gave up their order */
  async function look(): Promise<number> {
    let loosened = 0;
    for (const head of await store.dependencies.findHeads()) {
      loosened += (await store.dependencies.decidePage(head, undefined, 100)).loosened;
    }
    return loosened;
  }

  /** Runs whatever may start, until nothing may. @returns how many have not run */
  async function runAll(outcomeOf: (id: JobId) => Outcome = () => SUCCEEDED): Promise<number> {
    const worker = await joinWorker(store);
    for (;;) {
      const waiting = await store.database.rows<Row & { id: Buffer }>("SELECT id FROM jobs WHERE state = 'pending'");
      const ids = waiting.map(({ id }) => fromBytes(id));
      const claimed = ids.length === 0 ? [] : (await store.claims.claimHinted(worker, ids)).claimed;
      if (claimed.length === 0) break;
      await store.settlements.settle(
        worker.workerId,
        claimed.map((job) => ({ job, outcome: outcomeOf(job.id) })),
      );
    }
    const [left] = await store.database.rows<Row & { n: number }>(
      "SELECT COUNT(*) AS n FROM jobs WHERE state IN ('blocked', 'pending')",
    );
    return left?.n ?? -1;
  }

  /** As a claim does that finds another's turn has come. */
  const forgetFirst = (): Promise<number> => store.database.change('DELETE FROM ordered_jobs ORDER BY seq LIMIT 1');

  const dead = (): Outcome => ({
    kind: 'dead',
    failure: { kind: 'failed', error: { name: 'Error', message: 'no' }, final: true, failedAt: store.clock.now() },
  });

  it('run to the end, whatever they wait for that was there before them', async () => {
    const first = await submit(inLine('k'));
    const between = await submit(after(first));
    await submit(inLine('k'), after(between));
    await submit(inLine('other'), after(first, between));
    expect([await look(), await runAll()]).toEqual([0, 0]);
  });

  it('are not added to a workflow where one that waits for all others keeps them', async () => {
    await submitWorkflow(node('a', []), node('end', [ALL_OTHERS], 'k'));
    expect(await add(node('late', [], 'k'))).toMatchObject({ kind: 'faulty', faults: [{ name: 'end' }] });
    expect((await add(node('late', [], 'other'))).kind).toBe('added');
    expect(await runAll()).toBe(0);
    expect((await add(node('later', [], 'k'))).kind).toBe('added');
    expect(await runAll()).toBe(0);
  });

  it('are added behind one that waits for all others and has been let go', async () => {
    await submitWorkflow(node('a', []), node('end', [ALL_OTHERS], 'k'));
    await store.database.change("UPDATE jobs SET state = 'pending' WHERE is_ordered = 1");
    expect((await add(node('late', [], 'k'))).kind).toBe('added');
    expect(await runAll()).toBe(0);
  });

  it('are let go where a job outside of their workflow makes them wait for each other', async () => {
    await submitWorkflow(node('a', []), node('end', [ALL_OTHERS]));
    const { id: end } = (await store.workflows.findGraph(workflow)).nodes.find(({ name }) => name === 'end') ?? {
      id: '',
    };
    const outside = await submit(inLine('k'), after(end));
    expect((await add(node('late', [], 'k'))).kind).toBe('added');
    expect(await runAll()).toBe(3);
    expect(await look()).toBe(1);
    const [row] = await store.database.rows<Row & { is_ordered: 1 | null }>(
      'SELECT is_ordered FROM jobs WHERE id = ?',
      [toBytes(outside)],
    );
    expect(row?.is_ordered).toBeNull();
    expect([await look(), await runAll()]).toEqual([0, 0]);
  });

  it('are out of the order once they are run again, so that none waits for one that waits for it', async () => {
    await submitWorkflow(node('first', [], 'k'), node('second', ['first'], 'k'));
    await runAll(dead); // when the turn of the second came, that of the first was forgotten
    await store.workflows.retry('default', workflow, store.clock.now());
    expect([await look(), await runAll()]).toEqual([0, 0]);
  });

  it('of which one is run again do not keep it, nor does it keep them', async () => {
    const failed = await submit(inLine('k'));
    await runAll(dead);
    await forgetFirst();
    await submit(inLine('k'), after(failed, await submit({ runAt: store.clock.now() + 3_600_000 })));
    await store.operations.retry('default', failed, store.clock.now());
    expect(await runAll()).toBe(2); // all but the one of the next hour, and who waits for it
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ClaimedJob, JobId, Outcome, WorkerId } from '@holdfast/domain';
import { Random } from '../../../../chaos/random.ts';
import { DATABASE_DEFAULTS } from '../database/database-options.ts';
import { Database, type Row } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import { JobModel, MODEL_CRASHES, type ModelJob, type Move } from '../testing/job-model.ts';
import { joinWorker, newJob, openScratchStore, storesOf, type ScratchStore } from '../testing/scratch-store.ts';

/** MODEL_SEEDS=1000 looks as long as one likes; MODEL_FROM=17 MODEL_SEEDS=1 looks at one seed again. */
const FROM = Number(process.env['MODEL_FROM'] ?? 1);
const SEEDS = Number(process.env['MODEL_SEEDS'] ?? 8);
const ROUNDS = 50;
/** Who acts at once, each over a connection of its own. */
const ACTORS = 3;
const JOBS = 12;
const OUTCOMES: Readonly<Record<Outcome['kind'], number>> = {
  succeeded: 6,
  retried: 3,
  dead: 1,
  cancelled: 1,
  'handed-back': 1,
  snoozed: 1,
  crashed: 1,
  'crashed-out': 0.3,
};

jest.setTimeout(SEEDS * 30_000);

/**
 * Several do at once whatever comes to their minds: what they are answered, and what is in MySQL after it, must be what
 * one of them after the other would have brought about in the model, in some order.
 */
describe('jobs in MySQL live as the model says', () => {
  let store: ScratchStore;
  let databases: Database[];

  beforeAll(async () => {
    store = await openScratchStore();
    databases = Array.from(
      { length: ACTORS },
      () => new Database({ ...DATABASE_DEFAULTS, url: store.url, connections: 1, retryDelayMs: 5 }),
    );
  });

  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await store.close();
  });

  it.each(Array.from({ length: SEEDS }, (_, n) => FROM + n))('seed %i', async (seed) => {
    for (const table of ['jobs', 'job_failures', 'dependencies', 'workers', 'tallies', 'tally_totals'])
      await store.database.change(`DELETE FROM ${table}`);
    const play = await Play.begin(store, databases, new Random(seed));
    for (let round = 1; round <= ROUNDS; round++) await play.round();
    await play.finish();
    expect(play.claimed).toBeGreaterThan(5);
    expect(await rowsByState()).toEqual(await booksByState());
  });

  async function rowsByState(): Promise<Record<string, number>> {
    const rows = await store.database.rows<Row & { state: string; n: number }>(
      'SELECT state, COUNT(*) AS n FROM jobs GROUP BY state',
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  }

  async function booksByState(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { from, to, n } of (await store.books.balance('default')).sums) {
      if (to) counts[to] = (counts[to] ?? 0) + n;
      if (from) counts[from] = (counts[from] ?? 0) - n;
    }
    return Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0));
  }
});

/** One seed. */
class Play {
  claimed = 0;
  private model = JobModel.empty();
  /** Everything that was ever claimed: the older, the staler. */
  private readonly claims: { readonly worker: WorkerId; readonly job: ClaimedJob }[] = [];
  private readonly ids: readonly JobId[];

  private constructor(
    private readonly store: ScratchStore,
    private readonly databases: readonly Database[],
    private readonly random: Random,
    private readonly workers: WorkerId[],
  ) {
    this.ids = Array.from({ length: JOBS }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  }

  static async begin(store: ScratchStore, databases: readonly Database[], random: Random): Promise<Play> {
    const workers = [await joinWorker(store), await joinWorker(store)].map(({ workerId }) => workerId);
    return new Play(store, databases, random, workers);
  }

  async round(): Promise<void> {
    const acts = this.databases.map((database) => this.think(storesOf(database)));
    const moves = await Promise.all(acts.map((act) => act()));
    await this.settleOn(moves);
  }

  /** With nobody else about, all that is due is claimed, and all that is overdue expires. */
  async finish(): Promise<void> {
    const overdue = await this.store.pending.expireOverdue(100);
    await this.settleOn([{ kind: 'expire', expired: overdue }]);
    const due = this.model.find('pending');
    const [worker = ''] = this.workers;
    const move = await this.claim(storesOf(this.databases[0] as Database), worker, this.ids);
    expect(move.claimed.map(({ id }) => id).sort()).toEqual(due.sort());
    await this.settleOn([move]);
  }

  /** In which order they may have happened, the answers and the rows must say. */
  private async settleOn(moves: readonly Move[]): Promise<void> {
    const rows = await this.readRows();
    const worlds = permutations(moves).flatMap((order) => {
      const world = order.reduce<JobModel | undefined>((model, move) => model?.after(move), this.model);
      return world ? [world] : [];
    });
    const found = worlds.find((world) => isSame(world.state, rows));
    if (!found) throw new Error(this.tell(moves, worlds, rows));
    this.model = found;
  }

  private tell(moves: readonly Move[], worlds: readonly JobModel[], rows: Record<JobId, ModelJob>): string {
    const lines = (jobs: Record<JobId, ModelJob>): string[] =>
      Object.entries(jobs).map(([id, job]) => `${id} ${JSON.stringify(job)}`);
    const before = lines(this.model.state);
    const news = (jobs: Record<JobId, ModelJob>): string[] => lines(jobs).filter((line) => !before.includes(line));
    return [
      'Nothing that can have happened explains this. Before:',
      ...before,
      ...moves.map((move) => `did: ${JSON.stringify(move)}`),
      ...worlds.map(({ state }) => `could be: ${news(state).join(', ')}`),
      `is: ${news(rows).join(', ')}`,
    ].join('\n');
  }

  private think(stores: ReturnType<typeof storesOf>): () => Promise<Move> {
    const id = this.random.pick(this.ids) ?? '';
    const worker = this.random.pick(this.workers) ?? '';
    const some = this.ids.filter((each) => each === id || this.random.chance(0.5));
    switch (this.random.weighted({ submit: 20, claim: 30, settle: 30, cancel: 6, retry: 12, lose: 3, expire: 4 })) {
      case 'submit':
        return this.submit(stores, id);
      case 'claim':
        return () => this.claim(stores, worker, some);
      case 'settle':
        return this.settle(stores, worker);
      case 'cancel':
        return this.cancel(stores, this.random.pick(this.model.find('blocked', 'pending', 'running')) ?? id);
      case 'retry':
        return this.retry(stores, this.random.pick(this.model.find('succeeded', 'dead', 'cancelled', 'expired')) ?? id);
      case 'lose':
        return this.loseWorker(stores);
      case 'expire':
        return async () => ({ kind: 'expire', expired: await stores.pending.expireOverdue(100) });
    }
  }

  private submit(stores: ReturnType<typeof storesOf>, id: JobId): () => Promise<Move> {
    const isOverdue = this.random.chance(0.1);
    // Not on what somebody may retry at the same moment: what then comes back as well has tests of its own.
    const others = this.model.find('blocked', 'pending', 'running').filter((other) => other < id);
    const dependencies = others
      .filter(() => this.random.chance(0.2))
      .map((dependsOn) => ({
        dependsOn,
        condition: this.random.pick(['succeeded', 'finished'] as const) ?? 'finished',
      }));
    const { clock } = this.store;
    const deadline = isOverdue ? clock.now() - 60_000 : undefined;
    const job = newJob(clock, { id, dependencies, deadline, runAt: clock.now() - 120_000, maxAttempts: 100 });
    return async () => {
      const [taken] = await stores.submissions.insert([[job]]);
      return { kind: 'submit', id, dependencies, isOverdue, taken: taken !== undefined };
    };
  }

  private async claim(
    stores: ReturnType<typeof storesOf>,
    worker: WorkerId,
    ids: readonly JobId[],
  ): Promise<Move & { kind: 'claim' }> {
    const request = { workerId: worker, queue: 'default', types: ['echo'], alone: { fromCrashes: 9, room: 9 } };
    const { claimed } = await stores.claims.claimHinted(request, ids);
    this.claimed += claimed.length;
    this.claims.push(...claimed.map((job) => ({ worker, job })));
    return { kind: 'claim', worker, claimed: claimed.map(({ id, fence, attempt }) => ({ id, fence, attempt })) };
  }

  /** Mostly what was claimed last, and now and then what is long over. */
  private settle(stores: ReturnType<typeof storesOf>, worker: WorkerId): () => Promise<Move> {
    const all = this.claims.filter((claim) => claim.worker === worker);
    const own = this.random.chance(0.7) ? all.slice(-6) : all.toReversed(); // of a job the last one counts
    const chosen = new Map(own.filter(() => this.random.chance(0.6)).map(({ job }) => [job.id, job]));
    const settlements = [...chosen.values()].map((job) => ({ job, outcome: this.outcome() }));
    if (settlements.length === 0) return () => Promise.resolve(NOTHING);
    return async () => {
      const recorded = await stores.settlements.settle(worker, settlements);
      const asked = settlements.map(({ job, outcome }) => ({ id: job.id, fence: job.fence, outcome: outcome.kind }));
      const told = recorded.map(({ job, outcome }) => ({ id: job.id, outcome: outcome.kind }));
      return { kind: 'settle', worker, asked, recorded: told };
    };
  }

  private outcome(): Outcome {
    const runAt = this.store.clock.now() - 60_000;
    const failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false, failedAt: runAt } as const;
    const kind = this.random.weighted(OUTCOMES);
    if (kind === 'succeeded') return { kind, result: this.random.chance(0.3) ? '{"n":1}' : undefined };
    if (kind === 'retried' || kind === 'crashed') return { kind, failure, runAt };
    if (kind === 'snoozed') return { kind, runAt };
    return kind === 'handed-back' ? { kind } : { kind, failure };
  }

  private cancel(stores: ReturnType<typeof storesOf>, id: JobId): () => Promise<Move> {
    return async () => {
      const answer = await stores.operations.cancel('default', id);
      if (answer.kind === 'refused') return { kind: 'cancel', id, answer: answer.state };
      return answer.kind === 'done' ? { kind: 'cancel', id, answer: answer.value.to } : NOTHING;
    };
  }

  /** Of jobs that stand alone. */
  private retry(stores: ReturnType<typeof storesOf>, id: JobId): () => Promise<Move> {
    if (!this.model.isFree(id)) return () => Promise.resolve(NOTHING);
    return async () => {
      const answer = await stores.operations.retry('default', id, this.store.clock.now() - 60_000);
      return answer.kind === 'unknown-job' ? NOTHING : { kind: 'retry', id, done: answer.kind === 'done' };
    };
  }

  private loseWorker(stores: ReturnType<typeof storesOf>): () => Promise<Move> {
    const worker = this.workers.shift() ?? '';
    this.workers.push(randomUUID());
    const heir = this.workers.at(-1) ?? '';
    return async () => {
      const registration = { name: 'test', queues: ['*'], types: ['echo'], capacity: 10, leaseMs: 3_600_000 };
      await stores.workers.register({ id: heir, ...registration });
      await stores.workers.deregister(worker);
      const reaped = await stores.lostWorkers.reapOrphans(MODEL_CRASHES, 100);
      return { kind: 'lose-worker', worker, reaped: reaped.map(({ id, to }) => ({ id, to })) };
    };
  }

  private async readRows(): Promise<Record<JobId, ModelJob>> {
    const rows = await this.store.database.rows<Row & Omit<ModelJob, 'wantsCancel'> & { id: Buffer; wanted: 0 | 1 }>(
      `SELECT id, state, attempt, fence, crashes, generation, cancel_requested_at IS NOT NULL AS wanted FROM jobs ORDER BY id`,
    );
    return Object.fromEntries(
      rows.map(({ id, state, attempt, fence, crashes, generation, wanted }) => [
        fromBytes(id),
        { state, attempt, fence, crashes, generation, wantsCancel: wanted === 1 },
      ]),
    );
  }
}

const NOTHING: Move = { kind: 'expire', expired: [] };

function isSame(a: Record<JobId, ModelJob>, b: Record<JobId, ModelJob>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, n) => permutations(items.toSpliced(n, 1)).map((rest) => [item, ...rest]));
}

import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Gate, IndexEntry, JobId, Lane, Opening } from '@holdfast/domain';
import { Random } from '../../../chaos/random.ts';
import { testServerUrl } from '../../../tools/testing/scratch-database.ts';
import { IndexUpkeep } from './index-upkeep.ts';
import { RedisReadyIndex } from './redis-ready-index.ts';
import { RedisLink } from './redis/redis-link.ts';

const STEPS = 150;
const ROUNDS = 400;
const LIMITS: Readonly<Record<string, number>> = { default: 2, a: 1 };
const PER_KEY = 1;
const LEAVE_TO_OTHERS_MS = 2_000;

describe('whatever comes to pass at lanes and gates', () => {
  const clock = { time: Date.UTC(2026, 10, 21), now: () => clock.time };
  const options = { prefix: `test-${randomBytes(6).toString('hex')}`, horizonMs: 3_600_000, takenMs: 5_000 };
  const link = new RedisLink({ url: testServerUrl('TEST_REDIS_URL'), prefix: options.prefix });
  const index = new RedisReadyIndex(link, options, clock);
  const upkeep = new IndexUpkeep(link, options, clock);

  beforeAll(() => link.connected(10_000));
  afterAll(() => link.close());

  it.each(Array.from({ length: 20 }, (_, n) => n + 1))('all jobs run in the end (seed %d)', async (seed) => {
    const queue = `q-${randomUUID()}`;
    await upkeep.create(queue, 0);
    const play = new Play(new Random(seed), index, queue, clock);
    for (let step = 0; step < STEPS; step++) await play.step();
    for (let round = 0; round < ROUNDS && play.unfinished.length > 0; round++) await play.wearOff();
    expect(play.unfinished).toEqual([]);
  });
});

/** Submits jobs, and does with hints as workers and MySQL do. Of what these tell the index of gates some is lost. */
class Play {
  /** Few, so that one is often alone with what became of it. */
  private readonly lanes: readonly Lane[];
  private readonly waiting = new Map<JobId, IndexEntry>();
  private readonly running = new Map<JobId, IndexEntry>();
  /** Of a type that no worker knows: they wait for ever, and must be in nobody's way. */
  private readonly foreign = new Set<JobId>();

  constructor(
    private readonly random: Random,
    private readonly index: RedisReadyIndex,
    private readonly queue: string,
    private readonly clock: { time: number },
  ) {
    this.lanes = Array.from({ length: random.between(1, 4) }, () => ({
      tenant: random.pick(['default', 'a', 'b']) ?? '',
      fairnessKey: random.pick([undefined, 'x', 'y']),
      concurrencyKey: random.pick([undefined, undefined, 'k']),
    }));
  }

  get unfinished(): IndexEntry[] {
    return [...this.waiting.values(), ...this.running.values()].filter(({ id }) => !this.foreign.has(id));
  }

  async step(): Promise<void> {
    this.clock.time += this.random.between(0, 300);
    const what = this.random.weighted({ submit: 3, work: 5, finish: 4 });
    if (what === 'submit') await this.submit(this.random.between(1, 4));
    else if (what === 'work') await this.work(this.random.between(1, 5), 0.1);
    else
      await this.finish(
        [...this.running.values()].filter(() => this.random.chance(0.5)),
        0.1,
      );
  }

  /** Nobody submits any more, and nothing is lost. */
  async wearOff(): Promise<void> {
    this.clock.time += 500;
    await this.work(5, 0);
    await this.finish([...this.running.values()], 0);
  }

  private async submit(n: number): Promise<void> {
    const lane = this.random.pick(this.lanes) ?? { tenant: 'default' };
    const runAt = this.clock.time + this.random.between(-500, 500);
    const jobs = Array.from({ length: n }, () => ({
      id: randomUUID(),
      queue: this.queue,
      priority: 0,
      runAt,
      ...lane,
    }));
    for (const job of jobs) {
      this.waiting.set(job.id, job);
      if (this.random.chance(0.03)) this.foreign.add(job.id);
    }
    await this.index.add(jobs);
  }

  private async work(limit: number, lost: number): Promise<void> {
    const taken = await this.index.take(this.queue, limit);
    if (taken.kind !== 'hints') throw new Error('the index is lost');
    const openings: Opening[] = [];
    const back: IndexEntry[] = [];
    for (const id of taken.ids) {
      const job = this.waiting.get(id);
      if (!job) throw new Error(`${id} was handed out twice`);
      const gates = gatesOf(job);
      const full = gates.filter((gate) => this.room(gate) <= 0);
      if (this.foreign.has(id)) {
        openings.push(...relative(gates));
        back.push({ ...job, runAt: this.clock.time + LEAVE_TO_OTHERS_MS });
      } else if (full.length > 0) {
        openings.push(...relative(gates.filter((gate) => !full.includes(gate))));
        openings.push(...full.map((gate) => ({ gate, room: 0, isRelative: false })));
        back.push(job);
      } else {
        this.waiting.delete(id);
        this.running.set(id, job);
        openings.push(...gates.map((gate) => ({ gate, room: this.room(gate), isRelative: false })));
      }
    }
    await this.tell(openings, lost);
    await this.index.add(back);
  }

  private async finish(jobs: readonly IndexEntry[], lost: number): Promise<void> {
    for (const { id } of jobs) this.running.delete(id);
    for (const job of jobs) await this.tell(relative(gatesOf(job)), lost);
  }

  private async tell(openings: readonly Opening[], lost: number): Promise<void> {
    if (openings.length > 0 && !this.random.chance(lost)) await this.index.open(this.queue, openings);
  }

  private room({ tenant, concurrencyKey }: Gate): number {
    const inside = [...this.running.values()].filter(
      (job) => job.tenant === tenant && (concurrencyKey === undefined || job.concurrencyKey === concurrencyKey),
    );
    return (concurrencyKey === undefined ? (LIMITS[tenant] ?? Infinity) : PER_KEY) - inside.length;
  }
}

function gatesOf({ tenant, concurrencyKey }: IndexEntry): Gate[] {
  const own = tenant in LIMITS ? [{ tenant }] : [];
  return concurrencyKey === undefined ? own : [...own, { tenant, concurrencyKey }];
}

function relative(gates: readonly Gate[]): Opening[] {
  return gates.map((gate) => ({ gate, room: 1, isRelative: true }));
}

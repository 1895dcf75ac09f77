import type { Agings, Clock, IndexEntry, Instant, JobId } from '@holdfast/domain';
import { agingKey, extrasKey, gateName, queueKeys, turnKey, wakeChannel, type QueueKeys } from './keys.ts';
import { fromMember } from './members.ts';
import { toArguments, type ReadyIndexOptions } from './redis-ready-index.ts';
import type { RedisLink } from './redis/redis-link.ts';
import { dueScore, dueTimeOfReady, readyScore } from './scores.ts';

/** Why the index of a queue cannot be trusted. */
export const INDEX_FAULTS = [
  /** wiped, evicted, restarted empty, or never built */
  'missing',
  /** being built, or left so by whoever built it */
  'unfinished',
  /** built on another server: an old snapshot, a promoted replica, a slot that moved */
  'other-server',
  /** not the last one that MySQL knows of */
  'older-generation',
  'wrong-type',
  /** no memory left: jobs cannot be added */
  'unwritable',
] as const;
export type IndexFault = (typeof INDEX_FAULTS)[number];

/** Delayed jobs that are due this soon are left where they are. */
const SOON_MS = 5_000;
const LAST_INSTANT: Instant = 2 ** 42 - 1;

/** What is done to the index of a queue beside handing out and adding: building, judging and mending it. */
export class IndexUpkeep {
  constructor(
    private readonly link: RedisLink,
    private readonly options: ReadyIndexOptions,
    private readonly clock: Clock,
  ) {}

  /** Makes the index of a queue that has no jobs yet, so that its first job does not wait for a rebuild. */
  async create(queue: string, generation: number): Promise<void> {
    await this.publishAs(queue, generation, 'missing');
  }

  /** Whether the index may be trusted, given the generation that MySQL knows; a lost one is marked as such. */
  async inspect(queue: string, generation: number): Promise<IndexFault | 'ready'> {
    return this.judge(queue, generation, 1);
  }

  /** The same, and changes nothing. */
  async look(queue: string, generation: number): Promise<IndexFault | 'ready'> {
    return this.judge(queue, generation, 0);
  }

  /** Empties the index and begins to build it. @returns false if a later build has begun already */
  async beginBuild(queue: string, generation: number, agings: Agings = {}): Promise<boolean> {
    const values = Object.entries(agings).flatMap(([tenant, ms]) => [gateName({ tenant }), ms]);
    const begun = await this.link.run(queue, (redis) =>
      redis.holdfastBuild(...this.setsAndGeneration(queue), generation, ...values),
    );
    return begun === 1;
  }

  /** @returns false if what was built is lost already, or is not the last build */
  async publish(queue: string, generation: number): Promise<boolean> {
    return this.publishAs(queue, generation, 'building');
  }

  /** Throws the index away, so that it is built anew. */
  async discard(queue: string): Promise<void> {
    await this.link.run(queue, (redis) => redis.unlink(...this.setsAndGeneration(queue)));
  }

  /**
   * When the first ready job of each of these priorities was due, as far as one is ready. Nothing where jobs take turns or
   * priorities age: then no job stands before all others.
   */
  async firstReady(queue: string, priorities: readonly number[]): Promise<ReadonlyMap<number, Instant>> {
    const keys = this.keys(queue);
    const [extras, ...firsts] = await this.link.run(queue, (redis) =>
      Promise.all([
        redis.exists(extrasKey(keys), agingKey(keys)),
        ...priorities.map((priority) => {
          const [from, to] = [readyScore(priority, 0), readyScore(priority, LAST_INSTANT)];
          return redis.zrange(keys.ready, from, to, 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES');
        }),
      ]),
    );
    if (extras > 0) return new Map();
    return new Map(
      priorities.flatMap((priority, n) => {
        const [, score] = firsts[n] ?? [];
        return score === undefined ? [] : [[priority, dueTimeOfReady(Number(score))]];
      }),
    );
  }

  /** Of the given pending jobs, those that the index should know and does not. */
  async findMissing(queue: string, entries: readonly IndexEntry[]): Promise<JobId[]> {
    return this.reconcile(queue, entries, false);
  }

  /** Adds those that are missing. @returns how many there were */
  async addMissing(queue: string, entries: readonly IndexEntry[]): Promise<number> {
    return (await this.reconcile(queue, entries, true)).length;
  }

  /**
   * Lets one of all schedulers have this turn of a duty: saves the others the work. Nothing depends on it, so where only the
   * server of a cluster that keeps the turns is away, everybody has it.
   */
  async takeTurn(duty: string, forMs: number): Promise<boolean> {
    const key = turnKey(this.options.prefix, duty);
    const turn = this.link.run('', async (redis) => (await redis.set(key, '', 'PX', forMs, 'NX')) === 'OK');
    return this.link.kind === 'cluster' ? turn.catch(() => true) : turn;
  }

  private async reconcile(queue: string, entries: readonly IndexEntry[], add: boolean): Promise<JobId[]> {
    const { ready, taken, delayed, generation } = this.keys(queue);
    const now = this.clock.now();
    const values = [wakeChannel(this.options.prefix), queue, now, now + this.options.takenMs, dueScore(now + SOON_MS)];
    const jobs = entries.flatMap(toArguments);
    const missing = await this.link.run(queue, (redis) =>
      redis.holdfastReconcileBuffer(ready, taken, delayed, generation, ...values, add ? 1 : 0, ...jobs),
    );
    return missing.map(fromMember);
  }

  private async judge(queue: string, generation: number, mark: 0 | 1): Promise<IndexFault | 'ready'> {
    const channel = wakeChannel(this.options.prefix);
    const answer = await this.link.run(queue, (redis) =>
      redis.holdfastInspect(...this.setsAndGeneration(queue), generation, channel, queue, mark),
    );
    return answer as IndexFault | 'ready';
  }

  private async publishAs(queue: string, generation: number, from: 'building' | 'missing'): Promise<boolean> {
    const channel = wakeChannel(this.options.prefix);
    const published = await this.link.run(queue, (redis) =>
      redis.holdfastPublish(this.keys(queue).generation, generation, from, channel, queue),
    );
    return published === 1;
  }

  private setsAndGeneration(queue: string): [string, string, string, string] {
    const { ready, delayed, taken, generation } = this.keys(queue);
    return [ready, delayed, taken, generation];
  }

  private keys(queue: string): QueueKeys {
    return queueKeys(this.options.prefix, queue);
  }
}

import {
  CLAIM_AHEAD_MS,
  type Clock,
  type IndexEntry,
  type Instant,
  type Lane,
  type Opening,
  type ReadyIndex,
  type Receipt,
  type Taken,
  type Weights,
} from '@holdfast/domain';
import { isAnswer } from './breaker.ts';
import {
  cancelChannel,
  gateKey,
  gateName,
  laneKey,
  lostChannel,
  schedulesChannel,
  queueKeys,
  wakeChannel,
  type QueueKeys,
} from './keys.ts';
import { fromMember, lanesOf, toMember } from './members.ts';
import type { RedisLink } from './redis/redis-link.ts';
import { delayedScore, dueScore, dueTimeOf, MILLISECOND, readyScore } from './scores.ts';

export interface ReadyIndexOptions {
  readonly prefix: string;
  /** Jobs due later than this from now are not indexed yet. */
  readonly horizonMs: number;
  /** How long an id that was handed out is left alone before it counts as dropped. */
  readonly takenMs: number;
}

export type IndexPlace =
  /** Counted from 1, by priority and due time, among those of its lane. */
  | { readonly where: 'ready'; readonly position: number }
  /** It is due, and waits for a limit to let it through. */
  | { readonly where: 'at-gate'; readonly position: number }
  /** It waits for its time, or was handed out just now. */
  | { readonly where: 'elsewhere' }
  | { readonly where: 'nowhere' };

export const READY_INDEX_DEFAULTS = {
  prefix: 'holdfast',
  horizonMs: 3_600_000,
  takenMs: 5_000,
} as const satisfies ReadyIndexOptions;

/** What comes due is asked for so long before, with all else that may be claimed ahead then. */
const ASK_AHEAD_MS = CLAIM_AHEAD_MS / 2;
/** Jobs named by one script call, so that no call holds Redis up for long. */
const CALL_SIZE = 1_000;

/** The disposable index in Redis. Any method may reject while Redis is away; whoever calls goes to MySQL then. */
export class RedisReadyIndex implements ReadyIndex {
  constructor(
    private readonly link: RedisLink,
    private readonly options: ReadyIndexOptions,
    private readonly clock: Clock,
  ) {}

  async add(entries: readonly IndexEntry[]): Promise<void> {
    const horizon = this.clock.now() + this.options.horizonMs;
    const calls: Promise<number>[] = [];
    for (const [queue, group] of byQueue(entries.filter(({ runAt }) => runAt <= horizon))) {
      for (let first = 0; first < group.length; first += CALL_SIZE) {
        calls.push(this.addToQueue(queue, group.slice(first, first + CALL_SIZE)));
      }
    }
    await Promise.all(calls);
  }

  /** A waiting job has another priority or time than before. */
  async move(entry: IndexEntry): Promise<void> {
    const { queue, runAt } = entry;
    const { prefix, horizonMs } = this.options;
    const { ready, delayed, generation } = this.keys(queue);
    const now = this.clock.now();
    const values = [wakeChannel(prefix), queue, now, ...toArguments(entry), runAt <= now + horizonMs ? 1 : 0];
    await this.link.run(queue, (redis) => redis.holdfastMove(ready, delayed, generation, ...values));
  }

  async take(queue: string, limit: number, weights?: Weights): Promise<Taken> {
    const receipt = this.newReceipt();
    const reply = await this.askForIds(queue, limit, receipt, weights).catch((error: unknown) => {
      if (isAnswer(error)) return null;
      throw error;
    });
    if (reply === null) return { kind: 'lost' };
    const [next, ...members] = reply;
    const [ids, lanes] = [members.map(fromMember), lanesOf(members)];
    return { kind: 'hints', ids, lanes, receipt, askAgainAt: toInstant(next) };
  }

  async open(queue: string, openings: readonly Opening[]): Promise<void> {
    if (openings.length === 0) return;
    const channel = wakeChannel(this.options.prefix);
    await this.link.run(queue, (redis) =>
      redis.holdfastOpen(this.keys(queue).ready, channel, queue, this.clock.now(), ...told(openings)),
    );
  }

  /** Where the index has a job, if anywhere. A lost index rejects: it cannot say. */
  async locate(entry: Pick<IndexEntry, 'id' | 'queue'> & Lane): Promise<IndexPlace> {
    const { queue, id } = entry;
    const keys = this.keys(queue);
    const member = toMember(id, entry);
    const [known, rank, rankAtGate, ...others] = await this.link.run(queue, (redis) =>
      Promise.all([
        redis.exists(keys.generation),
        redis.zrank(laneKey(keys, entry), member),
        entry.concurrencyKey === undefined ? null : redis.zrank(gateKey(keys, entry), member),
        redis.zscore(keys.delayed, member),
        redis.zscore(keys.taken, member),
      ]),
    );
    if (known === 0) throw new Error(`the index of ${queue} is lost`);
    if (rank !== null) return { where: 'ready', position: rank + 1 };
    if (rankAtGate !== null) return { where: 'at-gate', position: rankAtGate + 1 };
    return { where: others.every((score) => score === null) ? 'nowhere' : 'elsewhere' };
  }

  async forget(queue: string, receipt: Receipt): Promise<void> {
    await this.link.run(queue, (redis) => redis.zremrangebyscore(this.keys(queue).taken, receipt, receipt));
  }

  /** Workers shall look into the queue. */
  async wake(queue: string): Promise<void> {
    await this.link.run(queue, (redis) => redis.publish(wakeChannel(this.options.prefix), queue));
  }

  /** A worker found the index lost: schedulers shall look at once. */
  async reportLost(queue: string): Promise<void> {
    await this.link.run(queue, (redis) => redis.publish(lostChannel(this.options.prefix), queue));
  }

  /** Schedulers that have no schedule shall look for one. */
  async reportSchedule(): Promise<void> {
    await this.link.run('', (redis) => redis.publish(schedulesChannel(this.options.prefix), ''));
  }

  async requestCancel(workerId: string): Promise<void> {
    await this.link.run('', (redis) => redis.publish(cancelChannel(this.options.prefix), workerId));
  }

  /**
   * The time at which what is handed out now is given up: the score of these ids. Its fraction of a millisecond tells it
   * from others; two that are equal after all forget each other's ids, which are then proposed once more.
   */
  private newReceipt(): Receipt {
    return this.clock.now() + this.options.takenMs - Math.random();
  }

  private askForIds(
    queue: string,
    limit: number,
    receipt: Receipt,
    weights: Weights | undefined,
  ): Promise<Buffer[] | null> {
    const { ready, delayed, taken, generation } = this.keys(queue);
    const now = this.clock.now();
    return this.link.run(queue, (redis) =>
      redis.holdfastTakeBuffer(
        ready,
        delayed,
        taken,
        generation,
        dueScore(now),
        limit,
        receipt,
        readyScore(0, 0) - readyScore(1, 0),
        MILLISECOND,
        dueScore(now + CLAIM_AHEAD_MS),
        ASK_AHEAD_MS * MILLISECOND,
        ...weightArguments(weights),
      ),
    );
  }

  private addToQueue(queue: string, entries: readonly IndexEntry[]): Promise<number> {
    const { ready, delayed, generation } = this.keys(queue);
    const channel = wakeChannel(this.options.prefix);
    return this.link.run(queue, (redis) =>
      redis.holdfastAdd(ready, delayed, generation, channel, queue, this.clock.now(), ...entries.flatMap(toArguments)),
    );
  }

  private keys(queue: string): QueueKeys {
    return queueKeys(this.options.prefix, queue);
  }
}

/** A job as the scripts read it: ready score, delayed score, due in ms, member. */
export function toArguments(entry: IndexEntry): [number, number, number, Buffer] {
  const { id, priority, runAt } = entry;
  return [readyScore(priority, runAt), delayedScore(priority, runAt), runAt, toMember(id, entry)];
}

/** As the script reads it: what many jobs of one gate have freed as one, and what is the same of many gates once. */
function told(openings: readonly Opening[]): (string | number)[] {
  const freed = new Map<string, number>();
  const groups = new Map<string, { readonly head: (string | number)[]; readonly gates: string[] }>();
  const tell = (gate: string, ...head: (string | number)[]): void => {
    const group = groups.get(head.join());
    if (group) group.gates.push(gate);
    else groups.set(head.join(), { head, gates: [gate] });
  };
  const relative = openings.filter(({ isRelative }) => isRelative);
  const absolute = openings.filter(({ isRelative }) => !isRelative);
  for (const { gate, room } of relative) freed.set(gateName(gate), (freed.get(gateName(gate)) ?? 0) + room);
  for (const [name, room] of freed) tell(name, '+', room, '');
  for (const { gate, room, until } of absolute) tell(gateName(gate), '=', room === Infinity ? '' : room, until ?? '');
  return [...groups.values()].flatMap(({ head, gates }) => [...head, gates.length, ...gates]);
}

function weightArguments(weights: Weights | undefined): (string | number)[] {
  if (!weights) return [];
  const tenants = Object.entries(weights.tenants).flatMap(([tenant, weight]) => [gateName({ tenant }), weight]);
  const keys = Object.entries(weights.keys).flatMap(([tenant, ofKeys]) =>
    Object.entries(ofKeys).flatMap(([key, weight]) => [gateName({ tenant, concurrencyKey: key }), weight]),
  );
  return [...tenants, ...keys];
}

function byQueue(entries: readonly IndexEntry[]): Map<string, IndexEntry[]> {
  const groups = new Map<string, IndexEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.queue);
    if (group) group.push(entry);
    else groups.set(entry.queue, [entry]);
  }
  return groups;
}

function toInstant(delayed: Buffer | undefined): Instant | undefined {
  return delayed && delayed.length > 0 ? dueTimeOf(Number(delayed.toString())) : undefined;
}

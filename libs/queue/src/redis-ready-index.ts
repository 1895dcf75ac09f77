import type { Clock, IndexEntry, Instant, JobId, ReadyIndex, Taken } from '@holdfast/domain';
import { cancelChannel, lostChannel, queueKeys, wakeChannel } from './keys.ts';
import { delayedScore, dueScore, dueTimeOf, readyScore } from './scores.ts';
import { withScripts, type ScriptedRedis } from './scripts.ts';
import { commandConnection } from './redis-connection.ts';
import { fromMember, toMember } from './members.ts';

export interface ReadyIndexOptions {
  readonly url: string;
  readonly prefix: string;
  /** Jobs due later than this from now are not indexed yet. */
  readonly horizonMs: number;
  /** How long an id that was handed out is left alone before it counts as dropped. */
  readonly takenMs: number;
}

export const READY_INDEX_DEFAULTS = {
  prefix: 'holdfast',
  horizonMs: 3_600_000,
  takenMs: 5_000,
} as const satisfies Omit<ReadyIndexOptions, 'url'>;

/** Jobs named by one script call, so that no call holds Redis up for long. */
const CALL_SIZE = 1_000;

/** The disposable index in Redis. Any method may reject while Redis is away; whoever calls goes to MySQL then. */
export class RedisReadyIndex implements ReadyIndex {
  readonly redis: ScriptedRedis;

  constructor(
    private readonly options: ReadyIndexOptions,
    private readonly clock: Clock,
  ) {
    this.redis = withScripts(commandConnection(options.url));
    this.redis.on('error', () => undefined); // every command says so itself
  }

  /** Waits for the first connection, but not for long: programs work without it. */
  async connected(withinMs: number): Promise<void> {
    if (this.redis.status === 'ready') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.redis.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

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
  async move({ id, queue, priority, runAt }: IndexEntry): Promise<void> {
    const { prefix, horizonMs } = this.options;
    const keys = queueKeys(prefix, queue);
    const now = this.clock.now();
    const scores = [readyScore(priority, runAt), delayedScore(priority, runAt)];
    const within = runAt <= now + horizonMs ? 1 : 0;
    await this.redis.holdfastMove(
      keys.ready,
      keys.delayed,
      wakeChannel(prefix),
      queue,
      now,
      ...scores,
      runAt,
      toMember(id),
      within,
    );
  }

  async take(queue: string, limit: number): Promise<Taken> {
    const keys = queueKeys(this.options.prefix, queue);
    const now = this.clock.now();
    const reply = await this.redis.holdfastTakeBuffer(
      keys.ready,
      keys.delayed,
      keys.taken,
      keys.generation,
      dueScore(now),
      limit,
      now + this.options.takenMs,
      readyScore(0, 0) - readyScore(1, 0),
      delayedScore(0, 1) - delayedScore(0, 0),
    );
    if (reply === null) return { kind: 'lost' };
    const [next, ...ids] = reply;
    return { kind: 'hints', ids: ids.map(fromMember), nextDueAt: nextDue(next) };
  }

  async forget(queue: string, ids: readonly JobId[]): Promise<void> {
    if (ids.length > 0) await this.redis.zrem(queueKeys(this.options.prefix, queue).taken, ...ids.map(toMember));
  }

  /** Adds due jobs that the index has lost sight of. @returns how many there were */
  async reconcile(queue: string, entries: readonly IndexEntry[]): Promise<number> {
    const keys = queueKeys(this.options.prefix, queue);
    const jobs = entries.flatMap(({ id, priority, runAt }) => [readyScore(priority, runAt), toMember(id)]);
    const channel = wakeChannel(this.options.prefix);
    return this.redis.holdfastReconcile(
      keys.ready,
      keys.taken,
      keys.delayed,
      channel,
      queue,
      this.clock.now(),
      ...jobs,
    );
  }

  /** Makes the index of a queue that has no jobs yet, so that its first job does not wait for a rebuild. */
  async create(queue: string): Promise<void> {
    await this.redis.set(queueKeys(this.options.prefix, queue).generation, await this.serverId(), 'NX');
  }

  /** Empties the index of a queue and marks it as lost, until `publishGeneration`. */
  async clear(queue: string): Promise<void> {
    const keys = queueKeys(this.options.prefix, queue);
    await this.redis.unlink(keys.generation, keys.ready, keys.delayed, keys.taken);
  }

  async publishGeneration(queue: string): Promise<void> {
    await this.redis.set(queueKeys(this.options.prefix, queue).generation, await this.serverId());
    await this.redis.publish(wakeChannel(this.options.prefix), queue);
  }

  /** Of the given queues, those whose index is missing or was built on another server than the one that answers now. */
  async findLost(queues: readonly string[]): Promise<string[]> {
    const server = await this.serverId();
    const built = await Promise.all(
      queues.map((queue) => this.redis.get(queueKeys(this.options.prefix, queue).generation)),
    );
    return queues.filter((_, index) => built[index] !== server);
  }

  /** Workers shall look into the queue. */
  async wake(queue: string): Promise<void> {
    await this.redis.publish(wakeChannel(this.options.prefix), queue);
  }

  async reportLost(queue: string): Promise<void> {
    await this.redis.publish(lostChannel(this.options.prefix), queue);
  }

  async requestCancel(workerId: string): Promise<void> {
    await this.redis.publish(cancelChannel(this.options.prefix), workerId);
  }

  close(): void {
    this.redis.disconnect();
  }

  /** Nest's hook, after the port was closed. */
  onApplicationShutdown(): void {
    this.close();
  }

  /** A restarted server and a promoted replica have an identity of their own; what they hold may be old. */
  private async serverId(): Promise<string> {
    const info = await this.redis.info('server');
    return /run_id:(\w+)/.exec(info)?.[1] ?? 'unknown';
  }

  private addToQueue(queue: string, entries: readonly IndexEntry[]): Promise<number> {
    const keys = queueKeys(this.options.prefix, queue);
    const jobs = entries.flatMap(({ id, priority, runAt }) => [
      readyScore(priority, runAt),
      delayedScore(priority, runAt),
      runAt,
      toMember(id),
    ]);
    return this.redis.holdfastAdd(
      keys.ready,
      keys.delayed,
      wakeChannel(this.options.prefix),
      queue,
      this.clock.now(),
      ...jobs,
    );
  }
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

function nextDue(delayed: Buffer | undefined): Instant | undefined {
  return delayed && delayed.length > 0 ? dueTimeOf(Number(delayed.toString())) : undefined;
}

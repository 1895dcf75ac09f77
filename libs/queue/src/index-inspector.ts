import type { JobId } from '@holdfast/domain';
import { queueKeys, type QueueKeys } from './keys.ts';
import { fromMember, toMember } from './members.ts';
import type { RedisLink } from './redis/redis-link.ts';

export interface IndexServer {
  readonly version: string;
  readonly policy: string;
  /** Of maxmemory; undefined: there is no limit. */
  readonly usedShare: number | undefined;
  /** How far Redis's clock is ahead of this machine's. */
  readonly skewMs: number;
}

const PAGE = 1_000;

/** What a doctor reads of the index: named ids and first pages, never all of it. */
export class IndexInspector {
  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {}

  async describeServer(): Promise<IndexServer> {
    const asked = Date.now();
    const [info, time] = await this.link.run('', (redis) => Promise.all([redis.info(), redis.time()]));
    const fields = new Map(info.split('\r\n').map((line) => line.split(':', 2) as [string, string]));
    const limit = Number(fields.get('maxmemory') ?? 0);
    const now = Number(time[0]) * 1_000 + Number(time[1]) / 1_000;
    return {
      version: fields.get('redis_version') ?? '',
      policy: fields.get('maxmemory_policy') ?? '',
      usedShare: limit > 0 ? Number(fields.get('used_memory') ?? 0) / limit : undefined,
      skewMs: Math.round(now - (asked + Date.now()) / 2),
    };
  }

  /** The first page of the ids that are ready, and of those that wait for their time. */
  async findFirst(queue: string): Promise<JobId[]> {
    const { ready, delayed } = this.keys(queue);
    const pages = await this.link.run(queue, (redis) =>
      Promise.all([ready, delayed].map((key) => redis.zrangeBuffer(key, 0, PAGE - 1))),
    );
    return pages.flat().map(fromMember);
  }

  /** Of the given ids, those that the index knows: ready, waiting or handed out. */
  async findKnown(queue: string, ids: readonly JobId[]): Promise<Set<JobId>> {
    const { ready, delayed, taken } = this.keys(queue);
    const known = new Set<JobId>();
    for (let first = 0; first < ids.length; first += PAGE) {
      const page = ids.slice(first, first + PAGE);
      const scores = await this.link.run(queue, (redis) =>
        Promise.all([ready, delayed, taken].map((key) => redis.zmscore(key, ...page.map(toMember)))),
      );
      page.forEach((id, n) => scores.some((each) => each[n] !== null) && known.add(id));
    }
    return known;
  }

  /** @returns how many ids were there */
  async drop(queue: string, ids: readonly JobId[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { ready, delayed, taken } = this.keys(queue);
    const dropped = await this.link.run(queue, (redis) =>
      Promise.all([ready, delayed, taken].map((key) => redis.zrem(key, ...ids.map(toMember)))),
    );
    return dropped.reduce((sum, n) => sum + n, 0);
  }

  private keys(queue: string): QueueKeys {
    return queueKeys(this.prefix, queue);
  }
}

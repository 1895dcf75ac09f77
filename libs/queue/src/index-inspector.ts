import type { JobId, Lane } from '@holdfast/domain';
import { gateKey, laneKey, queueKeys, type QueueKeys } from './keys.ts';
import { fromMember, lanesOf, toMember } from './members.ts';
import type { RedisLink } from './redis/redis-link.ts';

export interface IndexServer {
  readonly version: string;
  readonly policy: string;
  /** Of maxmemory; undefined: there is no limit. */
  readonly usedShare: number | undefined;
  /** How far Redis's clock is ahead of this machine's. */
  readonly skewMs: number;
}

/** A job by its id, and where it stands if it has a lane. */
export interface LanedId {
  readonly id: JobId;
  readonly lane?: Lane | undefined;
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
  async findFirst(queue: string): Promise<LanedId[]> {
    const { ready, delayed } = this.keys(queue);
    const pages = await this.link.run(queue, (redis) =>
      Promise.all([ready, delayed].map((key) => redis.zrangeBuffer(key, 0, PAGE - 1))),
    );
    const lanes = lanesOf(pages.flat());
    return pages.flat().map((member) => ({ id: fromMember(member), lane: lanes.get(fromMember(member)) }));
  }

  /** Of the given jobs of a queue, those that the index knows: ready, waiting or handed out. */
  async findKnown(queue: string, jobs: readonly LanedId[]): Promise<Set<JobId>> {
    const known = new Set<JobId>();
    for (let first = 0; first < jobs.length; first += PAGE) {
      const page = jobs.slice(first, first + PAGE);
      const scores = await this.link.run(queue, (redis) =>
        Promise.all(this.placesOf(queue, page).map(([key, members]) => redis.zmscore(key, ...members))),
      );
      const members = this.placesOf(queue, page).map(([, each]) => each);
      scores.forEach((each, n) =>
        each.forEach((score, m) => score !== null && known.add(fromMember(members[n]?.[m] ?? Buffer.alloc(0)))),
      );
    }
    return known;
  }

  /** @returns how many members were there */
  async drop(queue: string, jobs: readonly LanedId[]): Promise<number> {
    if (jobs.length === 0) return 0;
    const dropped = await this.link.run(queue, (redis) =>
      Promise.all(this.placesOf(queue, jobs).map(([key, members]) => redis.zrem(key, ...members))),
    );
    return dropped.reduce((sum, n) => sum + n, 0);
  }

  /** Every key in which some of the jobs may be, and as which members. */
  private placesOf(queue: string, jobs: readonly LanedId[]): [string, Buffer[]][] {
    const keys = this.keys(queue);
    const places = new Map<string, Buffer[]>();
    for (const { id, lane } of jobs) {
      const own = lane
        ? [laneKey(keys, lane), ...(lane.concurrencyKey === undefined ? [] : [gateKey(keys, lane)])]
        : [keys.ready];
      for (const key of [...own, keys.delayed, keys.taken]) {
        places.set(key, [...(places.get(key) ?? []), toMember(id, lane)]);
      }
    }
    return [...places];
  }

  private keys(queue: string): QueueKeys {
    return queueKeys(this.prefix, queue);
  }
}

import { createHash } from 'node:crypto';
import { effectKey, submissionKey } from './keys.ts';
import type { RedisLink } from './redis/redis-link.ts';

/** Who came before: nobody, somebody who is still at it, or somebody who has done it. */
export type Precedence = 'first' | 'under-way' | 'committed';

export interface MarkOptions {
  readonly prefix: string;
  /** A mark of somebody who died before the end is gone after this. */
  readonly underWayMs: number;
  readonly committedMs: number;
}

export const MARK_DEFAULTS = {
  underWayMs: 10_000,
  committedMs: 24 * 3_600_000,
} as const satisfies Omit<MarkOptions, 'prefix'>;

/** A mark belongs to no queue. */
const ANY_QUEUE = '';
const UNDER_WAY = '0';
const COMMITTED = '1';

/**
 * The quick answer to "was this key used before?". Like everything in Redis it is a hint: it spares the first a look and
 * the others a wait in MySQL, and whatever it says, a row in MySQL decides. Any method may reject while Redis is away.
 */
abstract class Marks {
  constructor(
    private readonly link: RedisLink,
    private readonly options: MarkOptions,
  ) {}

  async begin(tenant: string, key: string): Promise<Precedence> {
    const mark = this.markOf(tenant, key);
    const set = await this.link.run(ANY_QUEUE, (redis) =>
      redis.set(mark, UNDER_WAY, 'PX', this.options.underWayMs, 'NX'),
    );
    if (set !== null) return 'first';
    return (await this.link.run(ANY_QUEUE, (redis) => redis.get(mark))) === COMMITTED ? 'committed' : 'under-way';
  }

  async commit(tenant: string, key: string): Promise<void> {
    const mark = this.markOf(tenant, key);
    await this.link.run(ANY_QUEUE, (redis) => redis.set(mark, COMMITTED, 'PX', this.options.committedMs));
  }

  /** Nothing came of it: the next one is first again. */
  async abandon(tenant: string, key: string): Promise<void> {
    await this.link.run(ANY_QUEUE, (redis) => redis.del(this.markOf(tenant, key)));
  }

  /** A digest, so that no key of a caller can look like one of ours. */
  private markOf(tenant: string, key: string): string {
    const digest = createHash('sha256').update(`${tenant} ${key}`).digest('base64url');
    return this.keyOf(this.options.prefix, digest);
  }

  protected abstract keyOf(prefix: string, digest: string): string;
}

/** How submissions with an idempotency key stand. */
export class SubmissionMarks extends Marks {
  protected keyOf(prefix: string, digest: string): string {
    return submissionKey(prefix, digest);
  }
}

/** How effects stand that jobs must not have twice. */
export class EffectMarks extends Marks {
  protected keyOf(prefix: string, digest: string): string {
    return effectKey(prefix, digest);
  }
}

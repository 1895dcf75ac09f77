import type { Clock, IndexEntry, JobId } from '@holdfast/domain';
import type { IndexInspector, IndexServer, LanedId, IndexUpkeep, RedisLink, RedisReadyIndex } from '@holdfast/queue';

const CONNECT_MS = 3_000;

interface Parts {
  readonly link: RedisLink;
  readonly ready: RedisReadyIndex;
  readonly upkeep: IndexUpkeep;
  readonly inspector: IndexInspector;
}

/** What MySQL knows of a queue's index. */
export interface KnownIndex {
  readonly queue: string;
  readonly generation: number;
  readonly isRebuilding: boolean;
}

/** The index as the doctor sees it. */
export class IndexReader {
  private readonly parts: Parts;

  private constructor(parts: Parts) {
    this.parts = parts;
  }

  static async open(url: string, prefix: string, clock: Clock): Promise<IndexReader> {
    const { IndexInspector, IndexUpkeep, READY_INDEX_DEFAULTS, RedisLink, RedisReadyIndex } =
      await import('@holdfast/queue');
    const link = new RedisLink({ url, prefix });
    await link.connected(CONNECT_MS);
    const options = { ...READY_INDEX_DEFAULTS, prefix };
    const ready = new RedisReadyIndex(link, options, clock);
    const upkeep = new IndexUpkeep(link, options, clock);
    return new IndexReader({ link, ready, upkeep, inspector: new IndexInspector(link, prefix) });
  }

  /** @returns undefined when Redis does not answer */
  async describeServer(): Promise<IndexServer | undefined> {
    return this.parts.inspector.describeServer().catch(() => undefined);
  }

  /** Of the given queues, those whose index cannot be trusted, and why. */
  async findLost(known: readonly KnownIndex[]): Promise<Map<string, string>> {
    const lost = new Map<string, string>();
    for (const { queue, generation, isRebuilding } of known) {
      const state = isRebuilding ? 'being rebuilt' : await this.parts.upkeep.look(queue, generation);
      if (state !== 'ready') lost.set(queue, state);
    }
    return lost;
  }

  /** Makes the index of a queue that has no jobs yet. */
  build(queue: string, generation: number): Promise<void> {
    return this.parts.upkeep.create(queue, generation);
  }

  findFirst(queue: string): Promise<LanedId[]> {
    return this.parts.inspector.findFirst(queue);
  }

  findKnown(queue: string, jobs: readonly LanedId[]): Promise<Set<JobId>> {
    return this.parts.inspector.findKnown(queue, jobs);
  }

  add(entries: readonly IndexEntry[]): Promise<void> {
    return this.parts.ready.add(entries);
  }

  drop(queue: string, jobs: readonly LanedId[]): Promise<number> {
    return this.parts.inspector.drop(queue, jobs);
  }

  close(): void {
    this.parts.link.close();
  }
}

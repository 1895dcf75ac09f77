import { Injectable } from '@nestjs/common';
import { QueueStore } from '@holdfast/persistence';
import { IndexAnnouncer } from './index-announcer.ts';

/** Names kept in mind; one that was forgotten costs a statement when it comes again. */
const KNOWN_MAX = 10_000;

/** Makes sure that a queue has its row and its index before its first job is stored. */
@Injectable()
export class QueueDirectory {
  private readonly known = new Map<string, Promise<void>>();

  constructor(
    private readonly store: QueueStore,
    private readonly announcer: IndexAnnouncer,
  ) {}

  async ensure(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.known.get(name) ?? this.learn(name)));
  }

  private learn(name: string): Promise<void> {
    const created = this.create(name);
    this.known.set(name, created);
    const [oldest] = this.known.keys();
    if (this.known.size > KNOWN_MAX && oldest !== undefined) this.known.delete(oldest);
    return created;
  }

  /** Only whoever created the row may say that its index is complete: there was no job before. */
  private async create(name: string): Promise<void> {
    try {
      const created = await this.store.create([name]);
      if (created.length > 0) await this.announcer.createQueue(name);
    } catch (error) {
      this.known.delete(name);
      throw error;
    }
  }
}

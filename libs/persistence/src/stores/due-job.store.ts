import type { Database, Row } from '../database/database.ts';
import { OldestDueSearch, type DueHead, type Look, type Looked } from './oldest-due-search.ts';
import { SELECT_DUE_HEADS, SELECT_DUE_HEADS_OF_QUEUES, selectOldestDue } from '../statements/count.ts';

/** Heads that one statement looks into for a lone search. */
const LOOKS_AT_ONCE = 8;

/** Says how long due jobs have waited: the one thing about them that cannot be counted beforehand. */
export class DueJobStore {
  constructor(private readonly database: Database) {}

  /**
   * Milliseconds since a tenant's oldest due job came due, over all queues or one; undefined if there is none. Where
   * hundreds of other tenants' jobs stand before the first of this one, it is the age of the last that was looked at.
   */
  async oldestAgeMs(tenant: string, queue?: string): Promise<number | undefined> {
    const search = new OldestDueSearch(await this.findHeads(queue === undefined ? undefined : [queue]));
    await this.advance(tenant, [search]);
    return search.oldestMs;
  }

  /** The same for each of these queues that has one. */
  async oldestAgeMsByQueue(tenant: string, queues: readonly string[]): Promise<Map<string, number>> {
    if (queues.length === 0) return new Map();
    const heads = Map.groupBy(await this.findHeads(queues), ({ queue }) => queue);
    const searches = [...heads].map(([queue, own]) => ({ queue, search: new OldestDueSearch(own) }));
    await this.advance(
      tenant,
      searches.map(({ search }) => search),
    );
    return new Map(
      searches.flatMap(({ queue, search }) => (search.oldestMs === undefined ? [] : [[queue, search.oldestMs]])),
    );
  }

  /** The same for every queue that has one, over all tenants. */
  async oldestAgeMsOfEverybody(): Promise<Map<string, number>> {
    const heads = await this.findHeads();
    return new Map(heads.reverse().map(({ queue, ageMs }) => [queue, ageMs]));
  }

  /** The one first whose job is due longest. */
  private async findHeads(queues?: readonly string[]): Promise<DueHead[]> {
    const heads = await (queues === undefined
      ? this.database.rows<Row & DueHead>(SELECT_DUE_HEADS)
      : this.database.rows<Row & DueHead>(SELECT_DUE_HEADS_OF_QUEUES, [queues]));
    return heads.sort((a, b) => b.ageMs - a.ageMs);
  }

  /** All at once, a statement for each step. */
  private async advance(tenant: string, searches: readonly OldestDueSearch[]): Promise<void> {
    const abreast = Math.max(1, Math.floor(LOOKS_AT_ONCE / searches.length));
    for (;;) {
      const steps = searches.map((search) => ({ search, looks: search.next(abreast) }));
      const looks = steps.flatMap((step) => step.looks);
      if (looks.length === 0) return;
      const looked = await this.look(tenant, looks);
      for (const step of steps) step.search.learn(looked.splice(0, step.looks.length));
    }
  }

  /** @returns what each look has found, in their order */
  private async look(tenant: string, looks: readonly Look[]): Promise<Looked[]> {
    const values = looks.flatMap(({ head, longerMs, limit }, n) => [
      ...[tenant, n, head.queue, head.priority, longerMs * 1_000, limit],
    ]);
    const rows = await this.database.rows<Row & Looked & { look: number }>(selectOldestDue(looks.length), values);
    return rows.sort((a, b) => a.look - b.look);
  }
}

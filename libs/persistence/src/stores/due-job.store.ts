import type { Database, Row } from '../database/database.ts';
import { OldestDueSearch, type DueHead, type Look, type Looked } from './oldest-due-search.ts';
import { SELECT_DUE_HEADS, SELECT_DUE_HEADS_OF_QUEUES, selectOldestDue } from '../statements/count.ts';

/** Heads that one statement looks into, if no more searches are left than these. */
const LOOKS_AT_ONCE = 12;
/** Queues that one statement looks into, a look each. */
const SEARCHES_TOGETHER = 18;

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

  /** The same for each of the queues of these heads, if it has one; in parts, side by side. */
  async oldestAgeMsByQueue(tenant: string, heads: readonly DueHead[]): Promise<Map<string, number>> {
    const byQueue = [...Map.groupBy(heads, ({ queue }) => queue)];
    const searches = byQueue.map(([queue, own]) => ({ queue, search: new OldestDueSearch(own) }));
    const parts = Array.from({ length: Math.ceil(searches.length / SEARCHES_TOGETHER) }, (_, n) =>
      searches.slice(n * SEARCHES_TOGETHER, (n + 1) * SEARCHES_TOGETHER).map(({ search }) => search),
    );
    await Promise.all(parts.map((part) => this.advance(tenant, part)));
    return new Map(
      searches.flatMap(({ queue, search }) => (search.oldestMs === undefined ? [] : [[queue, search.oldestMs]])),
    );
  }

  /** The same for every queue that has one, over all tenants. */
  async oldestAgeMsOfEverybody(): Promise<Map<string, number>> {
    const heads = await this.findHeads();
    return new Map(heads.reverse().map(({ queue, ageMs }) => [queue, ageMs]));
  }

  /** Queues and priorities that have a due job, whosever it is; the one first whose job is due longest. */
  async findHeads(queues?: readonly string[]): Promise<DueHead[]> {
    if (queues?.length === 0) return [];
    const heads = await (queues === undefined
      ? this.database.rows<Row & DueHead>(SELECT_DUE_HEADS)
      : this.database.rows<Row & DueHead>(SELECT_DUE_HEADS_OF_QUEUES, [queues]));
    return heads.sort((a, b) => b.ageMs - a.ageMs);
  }

  /** All at once, a statement for each step; the fewer are left, the further each goes in one. */
  private async advance(tenant: string, searches: readonly OldestDueSearch[]): Promise<void> {
    for (let open = searches; open.length > 0;) {
      const abreast = Math.max(1, Math.floor(LOOKS_AT_ONCE / open.length));
      const steps = open
        .map((search) => ({ search, looks: search.next(abreast) }))
        .filter(({ looks }) => looks.length > 0);
      const looks = steps.flatMap((step) => step.looks);
      const looked = looks.length === 0 ? [] : await this.look(tenant, looks);
      for (const step of steps) step.search.learn(looked.splice(0, step.looks.length));
      open = steps.map(({ search }) => search);
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

import type { JournalBounds, JournalStore, Transition } from '@holdfast/persistence';
import { Signal } from '@holdfast/runtime';
import type { EventFeed } from './event-feed.ts';
import { heartbeatLines, openingLines, resetLines, transitionLines, type ResetReason } from './event-lines.ts';
import type { EventQuery } from './event-query.schema.ts';
import { isAskedFor } from './event-view.ts';

const HEARTBEAT_MS = 15_000;

/** What one client is told, made as fast as it reads: a slow one holds up nobody, and makes nothing pile up. */
export class EventStream {
  private readonly news = new Signal();
  private position = 0;
  private reset: ResetReason | undefined;
  private toldAt = performance.now();
  private isOver = false;

  constructor(
    private readonly feed: EventFeed,
    private readonly journal: JournalStore,
    private readonly tenant: string,
    private readonly query: EventQuery,
    private readonly heartbeatMs = HEARTBEAT_MS,
  ) {}

  /** @param last what the client saw last; undefined: it wants what happens from now on */
  async begin(last: number | undefined): Promise<void> {
    await this.feed.join(this.news);
    this.position = this.feed.position;
    if (last === undefined) return;
    this.reset = whyNotFrom(last, await this.journal.bounds());
    if (this.reset === undefined) this.position = last;
  }

  /** The lines end soon; the client may resume. */
  end(): void {
    this.isOver = true;
    this.feed.leave(this.news);
    this.news.raise();
  }

  async *lines(): AsyncGenerator<string, void> {
    yield openingLines(this.position);
    if (this.reset) yield resetLines(this.position, this.reset);
    while (!this.isOver) {
      const text = (await this.advance()) || this.beat();
      if (text !== '') yield text;
    }
  }

  /** Takes a step, or waits for one. @returns what the client is to know of it */
  private async advance(): Promise<string> {
    const from = this.position;
    if (from >= this.feed.position) {
      await this.news.wait(this.untilHeartbeat());
      return '';
    }
    const { transitions, position } = await this.feed.after(from, this.tenant);
    this.position = position;
    const isIncomplete = from < this.feed.overtakenAt && position >= this.feed.overtakenAt;
    const told = transitions.filter((each) => this.isFor(each)).map(transitionLines);
    if (isIncomplete) told.push(resetLines(position, 'overtaken'));
    if (told.length > 0) this.toldAt = performance.now();
    return told.join('');
  }

  private beat(): string {
    if (this.isOver || this.untilHeartbeat() > 0) return '';
    this.toldAt = performance.now();
    return heartbeatLines(this.position);
  }

  private untilHeartbeat(): number {
    return this.toldAt + this.heartbeatMs - performance.now();
  }

  private isFor(transition: Transition): boolean {
    return transition.tenant === this.tenant && isAskedFor(transition, this.query);
  }
}

/** The journal may have been cut since, or be another than the one that the id is from. */
function whyNotFrom(last: number, { oldest, newest }: JournalBounds): ResetReason | undefined {
  if (last > newest) return 'unknown';
  return last + 1 < oldest ? 'expired' : undefined;
}

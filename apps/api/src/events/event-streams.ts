import { Readable } from 'node:stream';
import { JournalStore } from '@holdfast/persistence';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Principal } from '../authentication/principal.ts';
import { passingProblem, Problem } from '../http/problem.ts';
import { EventFeed } from './event-feed.ts';
import type { EventQuery } from './event-query.schema.ts';
import { EventStream } from './event-stream.ts';

/** What one process bears. */
export const STREAM_LIMITS = { all: 1_000, ofSubject: 100, stalledMs: 30_000 };

/** A timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The streams of events that are open: no more than this process bears, none beyond its token, and none when it stops. */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Map<EventStream, string>();
  private isStopping = false;

  constructor(
    private readonly feed: EventFeed,
    private readonly journal: JournalStore,
  ) {}

  /** How many are open. */
  get size(): number {
    return this.open.size;
  }

  /**
   * @param last the id that the client saw last; undefined: it wants what happens from now on
   * @throws Problem if the journal is not kept, or too many streams are open
   */
  async start(
    { tenant, subject, expiresAt }: Principal,
    query: EventQuery,
    last: number | undefined,
    gone: AbortSignal,
  ): Promise<Readable> {
    if (!this.journal.isKept) throw journalOff();
    this.refuseTooMany(`${tenant}\n${subject}`);
    const stream = new EventStream(this.feed, this.journal, tenant, query);
    this.open.set(stream, `${tenant}\n${subject}`);
    const end = this.endOf(stream, expiresAt);
    gone.addEventListener('abort', end);
    try {
      await stream.begin(last);
    } catch (error) {
      end();
      throw error;
    }
    if (gone.aborted || this.isStopping) end();
    return readableOf(stream.lines());
  }

  onModuleDestroy(): void {
    this.isStopping = true;
    for (const stream of this.open.keys()) stream.end();
  }

  private endOf(stream: EventStream, expiresAt: number): () => void {
    const timer = setTimeout(() => stream.end(), Math.min(expiresAt - Date.now(), LONGEST_TIMER_MS)).unref();
    return () => {
      clearTimeout(timer);
      this.open.delete(stream);
      stream.end();
    };
  }

  private refuseTooMany(subject: string): void {
    const { all, ofSubject } = STREAM_LIMITS;
    const ours = [...this.open.values()].filter((each) => each === subject).length;
    const detail = `This token has ${ofSubject} streams open here already.`;
    if (ours >= ofSubject) throw passingProblem('too-many-requests', detail, 30);
    if (this.open.size >= all)
      throw passingProblem('overloaded', 'Too many streams are open here. Come back later.', 5);
  }
}

function journalOff(): Problem {
  return new Problem(
    'journal-off',
    'Events are read from the journal of transitions. Set TRANSITION_JOURNAL=true for every program to have it kept.',
  );
}

/** A client that takes nothing for too long is cut off. */
function readableOf(lines: AsyncGenerator<string>): Readable {
  const readable: Readable = Readable.from(watched(lines), { objectMode: false });
  async function* watched(texts: AsyncGenerator<string>): AsyncGenerator<string> {
    for await (const text of texts) {
      const timer = setTimeout(() => readable.destroy(), STREAM_LIMITS.stalledMs).unref();
      try {
        yield text;
      } finally {
        clearTimeout(timer);
      }
    }
  }
  return readable;
}

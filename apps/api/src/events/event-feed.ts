import { JournalStore, type Transition } from '@holdfast/persistence';
import { Loop, type Signal } from '@holdfast/runtime';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';

const POLL_MS = 200;
const NOBODY_LISTENS_MS = 60_000;
const PAGE = 1_000;
/** What is kept for streams that are a little behind: about two megabytes. */
const KEPT = 5_000;
/** How many are taken at once: all that a slow client makes this process hold. */
const STEP = 100;
/** Numbers that one statement looks at for who is further behind. */
const STRIDE = 250;

/** A part of the journal. */
export interface Stretch {
  readonly transitions: readonly Transition[];
  /** It reaches to here. */
  readonly position: number;
}

/**
 * Reads the journal for all streams of this process: one statement five times a second, and none while nobody listens. It
 * keeps what it read last, from which every stream takes at its own pace.
 */
@Injectable()
export class EventFeed implements OnModuleDestroy {
  private readonly logger = new Logger('events');
  private readonly listeners = new Set<Signal>();
  private kept: readonly Transition[] = [];
  /** Of what follows this position, all is kept. */
  private keptAfter = 0;
  private readTo = 0;
  private overtaken = 0;
  private opening: Promise<void> | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly loop = new Loop({
    round: () => this.read(),
    onError: (error) => this.logger.warn({ msg: 'cannot read the journal', err: error }),
  });

  constructor(private readonly journal: JournalStore) {}

  /** Everything up to here is known, and nothing can come in between any more. */
  get position(): number {
    return this.readTo;
  }

  /** The last position before which something may have been left out: a transaction was not waited for. */
  get overtakenAt(): number {
    return this.overtaken;
  }

  /** From now on the listener is raised whenever there is news. */
  async join(listener: Signal): Promise<void> {
    this.listeners.add(listener);
    await (this.opening ??= this.open());
    this.loop.start();
    this.loop.nudge();
  }

  leave(listener: Signal): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.opening = undefined;
  }

  /** What follows a position, a step of it; of what is kept no more, only what the tenant has. */
  async after(position: number, tenant: string): Promise<Stretch> {
    if (position < this.keptAfter) return this.readAgain(position, tenant);
    const first = this.kept.findLastIndex(({ id }) => id <= position) + 1;
    const transitions = this.kept.slice(first, first + STEP);
    const last = transitions.at(-1);
    return { transitions, position: last && transitions.length === STEP ? last.id : this.readTo };
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private open(): Promise<void> {
    const opening = this.journal.findHead().then(
      (head) => {
        if (this.opening !== opening) return; // everybody left meanwhile
        this.kept = [];
        this.keptAfter = head;
        this.readTo = head;
      },
      (error: unknown) => {
        this.opening = undefined;
        throw error;
      },
    );
    return opening;
  }

  private async read(): Promise<number> {
    const { opening, readTo } = this;
    if (this.listeners.size === 0) return NOBODY_LISTENS_MS;
    const { entries, position, isOvertaken } = await this.journal.readSettled(readTo, PAGE);
    if (opening !== this.opening || position === readTo) return POLL_MS;
    const all = [...this.kept, ...entries];
    this.keptAfter = all.at(-KEPT - 1)?.id ?? this.keptAfter;
    this.kept = all.slice(-KEPT);
    this.readTo = position;
    if (isOvertaken) this.overtaken = position;
    for (const listener of this.listeners) listener.raise();
    return entries.length === PAGE ? 0 : POLL_MS;
  }

  /** One after another, so that however many come back at once leave the database to others. */
  private async readAgain(after: number, tenant: string): Promise<Stretch> {
    const position = Math.min(after + STRIDE, this.readTo);
    const reading = this.turn.then(() => this.journal.readOfTenant(tenant, after, position));
    this.turn = reading.catch(() => undefined);
    return { transitions: await reading, position };
  }
}

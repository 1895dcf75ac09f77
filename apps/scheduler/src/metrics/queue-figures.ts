import { Injectable } from '@nestjs/common';
import { stateCounts, type JobEvent, type ShownState } from '@holdfast/domain';
import {
  BookStore,
  DueJobStore,
  FullLimitStore,
  IndexRecordStore,
  QueuePauseStore,
  type Account,
  type FullLimits,
  type IndexRecord,
} from '@holdfast/persistence';
import { endsWithin } from '@holdfast/runtime';

export interface QueueFigure {
  readonly queue: string;
  readonly jobs: Readonly<Record<ShownState, number>>;
  /** How often each ever happened. */
  readonly events: ReadonlyMap<JobEvent, number>;
  readonly oldestReadyAgeMs: number;
  readonly isPaused: boolean;
  /** undefined: nobody limits it, and no job has a key. */
  readonly fullLimits: FullLimits | undefined;
  readonly index: IndexRecord | undefined;
}

export interface Figures {
  readonly queues: readonly QueueFigure[];
  /** When they were read, on this machine's clock. */
  readonly readAt: number;
}

/** However often somebody asks, what is younger is told again; */
const FRESH_MS = 5_000;
/** and reading takes at most a tenth of one connection, however many queues and tenants there are. */
const REST_FACTOR = 10;
/** Whoever asks while MySQL hangs is told what was known last. */
const PATIENCE_MS = 1_000;
const NOTHING: Account = { sums: [], scheduled: 0 };

/** How all queues stand, over all tenants, from the books: read when somebody asks, and kept for a while. */
@Injectable()
export class QueueFigures {
  private known: Figures = { queues: [], readAt: 0 };
  private reading: Promise<void> | undefined;
  private restUntil = 0;
  private answered = true;

  constructor(
    private readonly books: BookStore,
    private readonly due: DueJobStore,
    private readonly records: IndexRecordStore,
    private readonly pauses: QueuePauseStore,
    private readonly limits: FullLimitStore,
  ) {}

  /** Whether MySQL answered when it was last asked. */
  get isAnswered(): boolean {
    return this.answered;
  }

  async read(): Promise<Figures> {
    if (performance.now() >= this.restUntil) this.reading ??= this.refresh();
    if (this.reading && !(await endsWithin(PATIENCE_MS, this.reading))) this.answered = false;
    return this.known;
  }

  private async refresh(): Promise<void> {
    const startedAt = performance.now();
    try {
      this.known = { queues: await this.readQueues(), readAt: Date.now() };
      this.answered = true;
    } catch {
      this.answered = false; // whatever else needs MySQL says why
    }
    const took = performance.now() - startedAt;
    this.restUntil = performance.now() + Math.max(FRESH_MS, took * REST_FACTOR);
    this.reading = undefined;
  }

  private async readQueues(): Promise<QueueFigure[]> {
    const [accounts, ages, records, paused, full] = await Promise.all([
      this.books.balanceOfEverybody(),
      this.due.oldestAgeMsOfEverybody(),
      this.records.findAll(),
      this.pauses.findPausedQueues(),
      this.limits.countByQueue(),
    ]);
    const byQueue = new Map(records.map((record) => [record.queue, record]));
    const names = [...new Set([...byQueue.keys(), ...accounts.keys(), ...ages.keys()])];
    return names.map((queue) => {
      const account = accounts.get(queue) ?? NOTHING;
      return {
        queue,
        jobs: stateCounts(account),
        events: countEvents(account),
        oldestReadyAgeMs: ages.get(queue) ?? 0,
        isPaused: paused.has(queue),
        fullLimits: full.get(queue),
        index: byQueue.get(queue),
      };
    });
  }
}

function countEvents({ sums }: Account): Map<JobEvent, number> {
  const events = new Map<JobEvent, number>();
  for (const { event, n } of sums) events.set(event, (events.get(event) ?? 0) + n);
  return events;
}

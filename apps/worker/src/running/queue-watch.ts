import { Inject, Injectable } from '@nestjs/common';
import { OWN_QUEUE } from '@holdfast/domain';
import { QueueStore } from '@holdfast/persistence';
import { Loop } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import { Attention } from './attention.ts';

const EVERY_QUEUE = '*';
const DISCOVER_EVERY_MS = 5_000;

/** Which queues this worker serves, and when each is next worth asking. */
@Injectable()
export class QueueWatch {
  /** By queue: when to ask next, on the clock of performance.now(). */
  private readonly askAt = new Map<string, number>();
  private readonly served: ReadonlySet<string>;
  private turn = 0;
  /** For queues that appeared without a wake-up reaching this worker. */
  private readonly discovery = new Loop({
    round: () => this.discoverAll(),
    onError: (error) => this.logger.warn({ err: error }, 'cannot look for new queues'),
  });

  constructor(
    private readonly queues: QueueStore,
    private readonly attention: Attention,
    @Inject(workerConfiguration.KEY) configuration: WorkerConfiguration,
    private readonly logger: PinoLogger,
  ) {
    this.served = new Set(configuration.queues);
    // The system's own queue comes into being with its first job: until then there is nothing to ask.
    for (const queue of this.served) if (queue !== EVERY_QUEUE && queue !== OWN_QUEUE) this.askAt.set(queue, 0);
  }

  start(): void {
    this.discovery.start();
  }

  stop(): void {
    void this.discovery.stop();
  }

  /** Something is new in a queue. Of one that nobody has heard of MySQL is asked first: anybody may say any name. */
  wake(queue: string): void {
    if (!this.serves(queue)) return; // another worker's
    if (this.askAt.has(queue)) this.askNow(queue);
    else this.discovery.nudge();
  }

  /** Messages may have been missed, also those about queues that are new. */
  wakeAll(): void {
    for (const queue of this.askAt.keys()) this.askAt.set(queue, 0);
    this.attention.raise();
    this.discovery.nudge();
  }

  /** The queue is being asked: a wake-up from now on may be about something that the answer does not know yet. */
  ask(queue: string): void {
    this.askAt.set(queue, Infinity);
  }

  /** The queue had nothing more; it is asked again after so many milliseconds, or when woken. */
  restFor(queue: string, milliseconds: number): void {
    if (this.askAt.get(queue) === Infinity) this.askAt.set(queue, performance.now() + milliseconds);
  }

  /** Queues worth asking now, each time starting with another one, so that none is always last. */
  due(): string[] {
    const now = performance.now();
    const due = [...this.askAt].flatMap(([queue, askAt]) => (askAt <= now ? [queue] : []));
    this.turn += 1;
    const first = due.length === 0 ? 0 : this.turn % due.length;
    return [...due.slice(first), ...due.slice(0, first)];
  }

  /** Milliseconds until the next queue is worth asking, at most `longest`. */
  restTime(longest: number): number {
    const now = performance.now();
    return Math.max(0, Math.min(longest, ...[...this.askAt.values()].map((askAt) => askAt - now)));
  }

  private askNow(queue: string): void {
    this.askAt.set(queue, 0);
    this.attention.raise();
  }

  private serves(queue: string): boolean {
    return this.served.has(EVERY_QUEUE) || this.served.has(queue);
  }

  private async discoverAll(): Promise<number> {
    const names = await this.queues.findNames();
    for (const queue of names) if (this.serves(queue) && !this.askAt.has(queue)) this.askNow(queue);
    return DISCOVER_EVERY_MS;
  }
}

import type { QueueStore } from '@holdfast/persistence';
import { IndexChannels, type RedisReadyIndex } from '@holdfast/queue';
import { Loop } from '@holdfast/runtime';
import type { PinoLogger } from 'nestjs-pino';
import type { Counts } from './pass.ts';

export interface IndexWatchOptions {
  readonly redisUrl: string;
  readonly redisPrefix: string;
}

const CHECK_EVERY_MS = 1_000;
const RELOAD_QUEUES_MS = 15_000;

/** Looks every second, and whenever somebody says so, whether a queue's index was lost, and has it rebuilt. */
export class IndexWatch {
  private channels: IndexChannels | undefined;
  private queueNames: readonly string[] = [];
  private reloadAt = 0;
  private available = true;
  private readonly loop = new Loop({
    round: (signal) => this.check(signal),
    onError: (error) => this.onError(error),
  });

  constructor(
    private readonly queues: QueueStore,
    private readonly index: RedisReadyIndex,
    private readonly options: IndexWatchOptions,
    private readonly rebuild: (queue: string, signal: AbortSignal) => Promise<Counts>,
    private readonly logger: PinoLogger,
  ) {}

  start(): void {
    this.channels = new IndexChannels(this.options.redisUrl, this.options.redisPrefix, {
      lost: (queue) => this.onLost(queue),
      connected: () => this.loop.nudge(),
    });
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.channels?.close();
    await this.loop.stop();
  }

  private async check(signal: AbortSignal): Promise<number> {
    if (performance.now() >= this.reloadAt) {
      this.queueNames = await this.queues.findNames();
      this.reloadAt = performance.now() + RELOAD_QUEUES_MS;
    }
    const lost = await this.index.findLost(this.queueNames);
    this.available = true;
    for (const queue of lost) {
      const counts = await this.rebuild(queue, signal);
      if (counts['rebuilt']) this.logger.info({ queue, ...counts }, 'index rebuilt');
    }
    return CHECK_EVERY_MS;
  }

  private onLost(queue: string): void {
    if (!this.queueNames.includes(queue)) this.reloadAt = 0;
    this.loop.nudge();
  }

  private onError(error: unknown): void {
    if (this.available) this.logger.warn({ err: error }, 'the index cannot be watched');
    this.available = false;
  }
}

import { isDeepStrictEqual } from 'node:util';
import type { PassStore } from '@holdfast/persistence';
import { Loop } from '@holdfast/runtime';
import type { PinoLogger } from 'nestjs-pino';
import type { Counts, Pass } from './pass.ts';
import type { StoreContact } from './store-contact.ts';

/** Runs one pass whenever it is due and this scheduler is the replica that wins the run. */
export class PassRunner {
  private readonly loop: Loop;
  private lastCounts: Counts | undefined;

  constructor(
    private readonly pass: Pass,
    private readonly schedulerId: string,
    private readonly passes: PassStore,
    private readonly contact: StoreContact,
    private readonly logger: PinoLogger,
  ) {
    this.loop = new Loop({ round: (signal) => this.runWhenWon(signal), onError: (error) => this.onError(error) });
  }

  async start(): Promise<void> {
    await this.passes.register(this.pass.name);
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  private async runWhenWon(signal: AbortSignal): Promise<number> {
    const { name, everyMs } = this.pass;
    const waitMs = await this.passes.win(name, this.schedulerId, everyMs);
    this.contact.answered();
    if (waitMs > 0) return waitMs;
    const wonAt = performance.now();
    const counts = await this.pass.run(signal);
    this.report(counts);
    return Math.max(0, wonAt + everyMs - performance.now());
  }

  /** News is told at info; nothing done, and the same as last time, at debug. */
  private report(counts: Counts): void {
    const isNews = didSomething(counts) && !isDeepStrictEqual(counts, this.lastCounts);
    this.lastCounts = counts;
    this.logger[isNews ? 'info' : 'debug']({ pass: this.pass.name, ...counts }, 'pass done');
  }

  private onError(error: unknown): void {
    this.logger.warn({ err: error, pass: this.pass.name }, 'pass failed');
  }
}

function didSomething(counts: Counts): boolean {
  return Object.values(counts).some((count) => count > 0);
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../e2e/harness/client.ts';
import type { Program } from '../e2e/harness/program.ts';
import { scrape } from '../e2e/harness/scrape.ts';

const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 2_000;

/** Looks at the system as an operator and as Prometheus would. */
export class Watch {
  /** When something else than `normal` was last answered, in epoch milliseconds. */
  lastTrouble = 0;
  /** What `holdfast_mode` has shown. */
  readonly modes = new Set<string>();
  private stopped = false;
  private running: Promise<unknown> | undefined;

  private readonly client: Client;
  private readonly schedulers: readonly Program[];

  constructor(client: Client, schedulers: readonly Program[]) {
    this.client = client;
    this.schedulers = schedulers;
  }

  start(): void {
    this.running = Promise.all([this.ask(), ...this.schedulers.map((scheduler) => this.scrape(scheduler))]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private async ask(): Promise<void> {
    while (!this.isStopped()) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const mode = await this.client.call<{ mode?: string }>('GET', '/v1/system', undefined, { signal }).then(
        ({ body }) => body.mode,
        () => undefined,
      );
      if (mode !== 'normal') this.lastTrouble = Date.now();
      await pause(LOOK_EVERY_MS);
    }
  }

  private async scrape({ url }: Program): Promise<void> {
    while (!this.isStopped()) {
      const samples = await scrape(url).catch(() => []);
      for (const { name, labels, value } of samples)
        if (name === 'holdfast_mode' && value === 1) this.modes.add(labels['mode'] ?? '');
      await pause(LOOK_EVERY_MS);
    }
  }
}

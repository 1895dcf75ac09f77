import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../e2e/harness/client.ts';
import type { Program } from '../e2e/harness/program.ts';
import { scrape, sumOf } from '../e2e/harness/scrape.ts';

const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 2_000;
/** What grows when a server is lost, however seldom somebody looks. */
const COUNTERS: readonly [name: string, labels?: Record<string, string>][] = [
  ['holdfast_redis_outages_total'],
  ['holdfast_redis_away_seconds_total'],
  ['holdfast_index_generation'],
  ['holdfast_database_retries_total'],
  ['holdfast_http_answers_total', { status: '503' }],
];

/** Looks at the system as an operator and as Prometheus would. */
export class Watch {
  /** When something else than `normal` was last answered, in epoch milliseconds. */
  lastTrouble = 0;
  /** What `holdfast_mode` has shown. */
  readonly modes = new Set<string>();
  /** Which counters grew, and by how much, over all programs. */
  readonly told = new Map<string, number>();
  private before: readonly number[] = [];
  private stopped = false;
  private running: Promise<unknown> | undefined;

  private readonly client: Client;
  private readonly programs: readonly Program[];

  constructor(client: Client, programs: readonly Program[]) {
    this.client = client;
    this.programs = programs;
  }

  async start(): Promise<void> {
    this.before = await this.count();
    const schedulers = this.programs.filter(({ name }) => name === 'scheduler');
    this.running = Promise.all([this.ask(), ...schedulers.map((scheduler) => this.scrape(scheduler))]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    for (const [n, now] of (await this.count()).entries()) {
      const grown = now - (this.before[n] ?? 0);
      if (grown > 0) this.told.set(COUNTERS[n]?.[0] ?? '', grown);
    }
  }

  private async count(): Promise<number[]> {
    const samples = (await Promise.all(this.programs.map(({ url }) => scrape(url)))).flat();
    return COUNTERS.map(([name, labels]) => sumOf(samples, name, labels) ?? 0);
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

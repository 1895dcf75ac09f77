import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../e2e/harness/client.ts';

const EVERY_MS = 20;
/** Every so manyth job takes a second, so that some run whenever something happens. */
const LONG_EVERY = 10;
const GIVE_UP_MS = 5_000;

/** Callers that submit fifty jobs a second, each under an id of its own, whatever is answered. */
export class Load {
  /** Ids that were answered with 201, and when (epoch milliseconds). */
  readonly accepted = new Map<string, number>();
  /** Calls that got another answer, or none. */
  refused = 0;
  private readonly open = new Set<Promise<void>>();
  private stopped = false;
  private running: Promise<void> | undefined;

  private readonly client: Client;
  private readonly ledger: string;

  constructor(client: Client, ledger: string) {
    this.client = client;
    this.ledger = ledger;
  }

  start(): void {
    this.running = this.run();
  }

  /** Resolves when the last call is answered. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await Promise.all(this.open);
  }

  /** The longest time from one accepted submission to the next, in milliseconds. */
  get longestPause(): number {
    return longestGap([...this.accepted.values()]);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private async run(): Promise<void> {
    for (let n = 0; !this.isStopped(); n++) {
      const call = this.submit(n).finally(() => this.open.delete(call));
      this.open.add(call);
      await pause(EVERY_MS);
    }
  }

  private async submit(n: number): Promise<void> {
    const id = randomUUID();
    const work =
      n % LONG_EVERY === 0
        ? { type: 'sleep', payload: { duration: '1s' } }
        : { type: 'trial.record', payload: { ledger: this.ledger, key: id } };
    const signal = AbortSignal.timeout(GIVE_UP_MS);
    const status = await this.client.call('POST', '/v1/jobs', { id, ...work }, { signal }).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 201) this.accepted.set(id, Date.now());
    else this.refused += 1;
  }
}

export function longestGap(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.reduce((longest, time, n) => Math.max(longest, time - (sorted[n - 1] ?? time)), 0);
}

import { IndexAwayError } from '@holdfast/queue';
import { Loop } from '@holdfast/runtime';
import type { PinoLogger } from 'nestjs-pino';
import type { Counts } from '../pass.ts';

export interface DriftPorts {
  readonly index: { takeTurn(duty: string, forMs: number): Promise<boolean> };
  readonly reconcile: (signal: AbortSignal) => Promise<Counts>;
  readonly logger: PinoLogger;
}

/** With the pause for confirmation, what the index was not told of is there within a second. */
const EVERY_MS = 850;
const TURN_MS = 750;

/**
 * Has drift looked for about once a second, by one scheduler at a time. Who it is, Redis says: without Redis there is no
 * index to mend, and if two look at once nothing is harmed. So a look costs one statement in MySQL, however many there are.
 */
export class DriftWatch {
  private isFailing = false;
  private readonly loop = new Loop({
    round: (signal) => this.lookInTurn(signal),
    onError: (error) => this.onError(error),
  });

  constructor(private readonly ports: DriftPorts) {}

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  private async lookInTurn(signal: AbortSignal): Promise<number> {
    if (!(await this.ports.index.takeTurn('reconcile', TURN_MS))) return EVERY_MS;
    const counts = await this.ports.reconcile(signal);
    this.isFailing = false;
    if (Object.values(counts).some((n) => n > 0)) this.ports.logger.info({ ...counts }, 'index mended');
    return EVERY_MS;
  }

  private onError(error: unknown): void {
    if (!this.isFailing && !(error instanceof IndexAwayError)) {
      this.ports.logger.warn({ err: error }, 'the index cannot be mended now');
    }
    this.isFailing = true;
  }
}

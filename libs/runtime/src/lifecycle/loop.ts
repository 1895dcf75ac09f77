import { Signal } from './signal.ts';

export interface LoopOptions {
  /** One round of work. @returns milliseconds until the next one */
  readonly round: (signal: AbortSignal) => Promise<number>;
  /** Told of every failed round; the loop goes on. */
  readonly onError: (error: unknown) => void;
  readonly firstDelayMs?: number;
}

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;
const JITTER = 0.05;

/** Does a duty over and over: on time, sooner when nudged, and with growing pauses while it fails. */
export class Loop {
  private readonly stopping = new AbortController();
  private readonly nudged = new Signal();
  private running: Promise<void> | undefined;

  constructor(private readonly options: LoopOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** The next round starts now, or right after the present one. */
  nudge(): void {
    this.nudged.raise();
  }

  /** Resolves when the present round has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.nudge();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    await this.sleep(this.options.firstDelayMs ?? 0);
    while (!this.stopping.signal.aborted) {
      try {
        const pause = await this.options.round(this.stopping.signal);
        failures = 0;
        await this.sleep(pause * (1 + JITTER * Math.random()));
      } catch (error) {
        this.options.onError(error);
        failures += 1;
        await this.sleep(Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
      }
    }
  }

  private async sleep(milliseconds: number): Promise<void> {
    if (milliseconds > 0 && !this.stopping.signal.aborted) await this.nudged.wait(milliseconds);
  }
}

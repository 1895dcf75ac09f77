import type { PinoLogger } from 'nestjs-pino';
import type { Counts } from '../pass.ts';
import type { LostIndex } from '../passes/rebuild-index.pass.ts';

export type Rebuild = (lost: LostIndex, signal: AbortSignal) => Promise<Counts>;

/** Queues that one scheduler builds at a time. */
const AT_ONCE = 2;
const AFTER_FAILURE_MS = 5_000;

/** Builds lost indexes in the background, one at a time for each queue, and none more than half of the time. */
export class Rebuilds {
  private readonly stopping = new AbortController();
  private readonly running = new Map<string, Promise<void>>();
  /** By queue: not before, on the clock of performance.now(). */
  private readonly resting = new Map<string, number>();

  constructor(
    private readonly rebuild: Rebuild,
    private readonly logger: PinoLogger,
  ) {}

  /** Begins unless it is under way, or was only just done, here. @param onBuilt another may begin then */
  begin(lost: LostIndex, onBuilt: () => void): void {
    const { queue } = lost;
    if (this.running.size >= AT_ONCE || this.running.has(queue)) return;
    if (performance.now() < (this.resting.get(queue) ?? 0)) return;
    const building = this.run(lost).then((built) => {
      this.running.delete(queue);
      if (built) onBuilt();
    });
    this.running.set(queue, building);
  }

  /** Resolves when none runs any more. What is left half done is begun again by another replica. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running.values());
  }

  /** @returns whether it was built, by this replica */
  private async run(lost: LostIndex): Promise<boolean> {
    const { queue, cause } = lost;
    const startedAt = performance.now();
    try {
      const counts = await this.rebuild(lost, this.stopping.signal);
      if (counts['rebuilt']) this.logger.info({ queue, cause, ...counts }, 'index rebuilt');
      const now = performance.now();
      this.resting.set(queue, now + (now - startedAt));
      return counts['rebuilt'] === 1;
    } catch (error) {
      this.logger.warn({ err: error, queue, cause }, 'the index cannot be rebuilt now');
      this.resting.set(queue, performance.now() + AFTER_FAILURE_MS);
      return false;
    }
  }
}

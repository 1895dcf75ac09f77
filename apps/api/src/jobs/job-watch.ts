import type { JobId } from '@holdfast/domain';
import { UnfinishedJobStore } from '@holdfast/persistence';
import { Lifecycle, Loop } from '@holdfast/runtime';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { passingProblem } from '../http/problem.ts';

const LOOK_EVERY_MS = 100;
const NOBODY_WAITS_MS = 60_000;
const IDS_PER_LOOK = 500;
const WAITERS = 10_000;

interface Waiter {
  readonly id: JobId;
  readonly release: () => void;
}

/** Looks for everybody who waits for a job, with one statement for many: ten times a second, and not at all while nobody waits. */
@Injectable()
export class JobWatch implements OnModuleDestroy {
  private readonly logger = new Logger('jobs');
  private readonly waiters = new Set<Waiter>();
  private readonly loop = new Loop({
    round: () => this.look(),
    onError: (error) => this.logger.warn({ msg: 'cannot look whether jobs have finished', err: error }),
  });

  constructor(
    private readonly store: UnfinishedJobStore,
    private readonly lifecycle: Lifecycle,
  ) {}

  /**
   * Resolves when the job has finished or is gone, when the time is over, when the caller has gone, or when this program
   * stops.
   *
   * @throws Problem when too many wait already
   */
  async finished(id: JobId, withinMs: number, gone: AbortSignal): Promise<void> {
    if (this.waiters.size >= WAITERS)
      throw passingProblem('overloaded', 'Too many wait for jobs here. Ask again later.');
    if (gone.aborted || this.lifecycle.phase === 'draining') return;
    await new Promise<void>((resolve) => {
      const release = (): void => {
        clearTimeout(timer);
        gone.removeEventListener('abort', release);
        this.waiters.delete(waiter);
        resolve();
      };
      const waiter = { id, release };
      const timer = setTimeout(release, withinMs);
      gone.addEventListener('abort', release);
      this.waiters.add(waiter);
      this.loop.start();
      if (this.waiters.size === 1) this.loop.nudge();
    });
  }

  /** How many wait. */
  get size(): number {
    return this.waiters.size;
  }

  async onModuleDestroy(): Promise<void> {
    this.releaseAll();
    await this.loop.stop();
  }

  private async look(): Promise<number> {
    if (this.lifecycle.phase === 'draining') this.releaseAll();
    const ids = [...new Set([...this.waiters].map(({ id }) => id))];
    for (let first = 0; first < ids.length; first += IDS_PER_LOOK) {
      const asked = new Set(ids.slice(first, first + IDS_PER_LOOK));
      const unfinished = await this.store.among([...asked]);
      for (const { id, release } of this.waiters) if (asked.has(id) && !unfinished.has(id)) release();
    }
    return this.waiters.size === 0 ? NOBODY_WAITS_MS : LOOK_EVERY_MS;
  }

  private releaseAll(): void {
    for (const { release } of this.waiters) release();
  }
}

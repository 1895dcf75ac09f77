import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { IndexUpkeep, RedisReadyIndex } from '@holdfast/queue';
import type { IndexEntry } from '@holdfast/domain';
import { endsWithin } from '@holdfast/runtime';

/** A Redis that hangs holds up no submission for longer: its index is then found lacking by a scheduler. */
const PATIENCE_MS = 50;

/** A queue's index is made with its row, and nothing was built before. */
const FIRST_GENERATION = 0;

/** Tells the index what MySQL has committed, best effort: what it was not told, a scheduler finds. */
@Injectable()
export class IndexAnnouncer implements OnApplicationShutdown {
  private readonly logger = new Logger('index');
  private readonly pending = new Set<Promise<void>>();
  private fresh: IndexEntry[] = [];

  constructor(
    private readonly index: RedisReadyIndex,
    private readonly upkeep: IndexUpkeep,
  ) {}

  /** There are jobs to run. Nobody waits for this. Those of one insert become known one after another, and are told as one. */
  announceJobs(entries: readonly IndexEntry[]): void {
    if (this.fresh.length === 0) process.nextTick(() => this.tellFresh());
    this.fresh.push(...entries);
  }

  /** A waiting job is due at another time, or has another priority. Nobody waits for this. */
  announceMove(entry: IndexEntry): void {
    this.tell(this.index.move(entry));
  }

  /** A queue was resumed: its index lacks what was dropped while it was paused, so it is built anew, and MySQL asked until then. */
  announceResume(queue: string): void {
    this.tell(this.rebuild(queue));
  }

  /** A worker shall look for jobs to cancel. Nobody waits for this. */
  announceCancel(workerId: string): void {
    this.tell(this.index.requestCancel(workerId));
  }

  /** There is a schedule, or another one. Nobody waits for this. */
  announceSchedule(): void {
    this.tell(this.index.reportSchedule());
  }

  /** Resolves when the index has it, or cannot be told now. */
  async createQueue(queue: string): Promise<void> {
    const created = this.upkeep.create(queue, FIRST_GENERATION);
    this.tell(created);
    await endsWithin(
      PATIENCE_MS,
      created.catch(() => undefined),
    );
  }

  /** Every request is answered by then; what was announced last shall still be told. */
  async onApplicationShutdown(): Promise<void> {
    this.tellFresh();
    await Promise.all(this.pending);
  }

  private tellFresh(): void {
    const entries = this.fresh;
    this.fresh = [];
    if (entries.length === 0) return;
    const jobIds = entries.map(({ id }) => id);
    this.tell(this.index.add(entries).then(() => this.logger.debug({ msg: 'indexed', jobIds })));
  }

  private async rebuild(queue: string): Promise<void> {
    await this.upkeep.discard(queue);
    await Promise.all([this.index.reportLost(queue), this.index.wake(queue)]);
  }

  private tell(call: Promise<void>): void {
    const told = call.catch(() => undefined).finally(() => this.pending.delete(told));
    this.pending.add(told);
  }
}

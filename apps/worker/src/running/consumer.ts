import { Injectable } from '@nestjs/common';
import { endsWithin } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { Attention } from './attention.ts';
import { ClaimContext } from './claim-context.ts';
import { Intake } from './intake.ts';
import { JobSource } from './job-source.ts';
import { QueueWatch } from './queue-watch.ts';

const LONGEST_REST_MS = 5_000;
const RETRY_MS = 500;
/** A claim under way is waited for, unless MySQL hangs: then its jobs run elsewhere when the lease has ended. */
const LAST_CLAIM_MS = 2_000;

/** Keeps the pool busy: claims as many jobs as there are free slots, no more, and rests until there is a reason not to. */
@Injectable()
export class Consumer {
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly source: JobSource,
    private readonly queues: QueueWatch,
    private readonly intake: Intake,
    private readonly attention: Attention,
    private readonly context: ClaimContext,
    private readonly logger: PinoLogger,
  ) {}

  start(): void {
    this.running ??= this.consume();
  }

  /** Resolves when no further job will be started. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.attention.raise();
    await endsWithin(LAST_CLAIM_MS, this.running ?? Promise.resolve());
    this.intake.close();
  }

  private async consume(): Promise<void> {
    while (!this.stopping) {
      try {
        this.intake.check();
        await this.recover();
        if (!(await this.fetchDue())) await this.attention.wait(this.restTime());
      } catch (error) {
        this.intake.doubt();
        this.logger.warn({ err: error }, 'cannot claim jobs now');
        await this.attention.wait(RETRY_MS);
      }
    }
    await this.intake.settled();
    await this.recover().catch((error: unknown) => this.logger.warn({ err: error }, 'a last claim may be unknown'));
  }

  private async recover(): Promise<void> {
    if (this.intake.mustAudit) await this.intake.recoverForgotten();
  }

  /** @returns whether there was anything to claim */
  private async fetchDue(): Promise<boolean> {
    let expected = 0;
    for (const queue of this.queues.due()) {
      if (this.stopping || this.intake.room === 0) break;
      expected += await this.fetchFrom(queue);
    }
    return expected > 0;
  }

  /** @returns how many jobs may come */
  private async fetchFrom(queue: string): Promise<number> {
    const workerId = this.context.workerId;
    this.queues.ask(queue);
    try {
      const { expected, jobs, askAgainIn } = await this.source.fetch(queue, this.intake.room);
      this.queues.restFor(queue, askAgainIn);
      if (expected > 0) this.intake.follow(workerId, expected, jobs);
      return expected;
    } finally {
      this.queues.restFor(queue, RETRY_MS);
    }
  }

  private restTime(): number {
    if (this.intake.room > 0) return this.queues.restTime(LONGEST_REST_MS);
    return this.intake.gathersFor > 0 ? Math.ceil(this.intake.gathersFor) : LONGEST_REST_MS;
  }
}

import type { NewJob } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { JobContext } from '../handling/job-context.ts';
import type { Attempt } from './attempt.ts';
import { Enqueuing } from './enqueuing.ts';
import { JobCanceller } from './job-canceller.ts';
import { JobNotes } from './job-notes.ts';
import { snoozeUntil } from './snooze.ts';
import { WorkRecords } from './work-records.ts';

/** What a handler is given, and what it left behind. */
export interface MadeContext {
  readonly context: JobContext;
  /** Jobs that it added; undefined: none. */
  readonly enqueued: () => readonly NewJob[] | undefined;
}

/** Makes what the handlers of this worker are given. */
@Injectable()
export class ContextMaker {
  constructor(
    private readonly notes: JobNotes,
    private readonly records: WorkRecords,
    private readonly canceller: JobCanceller,
    private readonly clock: StoreClock,
    private readonly logger: PinoLogger,
  ) {}

  contextOf(attempt: Attempt): MadeContext {
    const { logger } = this.logger;
    let own: JobContext['logger'] | undefined;
    const { id, type, queue, tenant, attempt: number, maxAttempts, fence, traceparent, origin } = attempt.job;
    let enqueuing: Enqueuing | undefined;
    const context: JobContext = {
      ...{ id, type, queue, tenant, attempt: number, maxAttempts, fence, traceparent },
      plannedAt: origin && new Date(origin.plannedAt),
      signal: attempt.stop.signal,
      /** Made when it is used: most handlers write nothing. */
      get logger() {
        return (own ??= logger.child({ jobId: id, type, attempt: number }));
      },
      ...this.notes.of(attempt),
      ...this.records.of(attempt),
      snooze: (until) => {
        throw snoozeUntil(until, this.clock.now());
      },
      enqueue: (job) => (enqueuing ??= new Enqueuing(attempt.job, () => this.clock.now())).add(job),
      cancel: (other) => this.canceller.cancel(tenant, other),
    };
    return { context, enqueued: () => enqueuing?.jobs };
  }
}

import { Injectable } from '@nestjs/common';
import type { ClaimedJob } from '@holdfast/domain';
import { secretsIn, Tracing } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { DoNotRetryError, type JobContext } from '../handling/job-context.ts';
import { HandlerRegistry, type RegisteredHandler } from '../handling/handler-registry.ts';
import { ABANDON_AFTER_MS, type Attempt, type Ending } from './attempt.ts';
import { toJobError } from './job-error.ts';
import { ProgressWriter } from './progress-writer.ts';
import { toResult } from './result.ts';
import { WorkRecords } from './work-records.ts';

/** Calls the handler of a job in this process. */
@Injectable()
export class HandlerCaller {
  constructor(
    private readonly registry: HandlerRegistry,
    private readonly progress: ProgressWriter,
    private readonly records: WorkRecords,
    private readonly tracing: Tracing,
    private readonly logger: PinoLogger,
  ) {}

  /** Never rejects. */
  async call(attempt: Attempt): Promise<Ending> {
    try {
      const { job } = attempt;
      const registered = this.registry.find(job.type);
      if (!registered) throw new DoNotRetryError(`this worker has no handler for '${job.type}'`);
      const payload = readPayload(job, registered);
      const context = this.contextOf(attempt);
      const answer = this.tracing.within(job.traceparent, () => registered.handler.handle(payload, context));
      return {
        kind: 'returned',
        result: toResult(isThenable(answer) ? await this.orAbandoned(attempt, answer) : answer),
      };
    } catch (error) {
      return {
        kind: 'threw',
        error: toJobError(error, secretsOf(attempt.job)),
        final: error instanceof DoNotRetryError,
      };
    }
  }

  /** Rejects, too, when a handler goes on and on after it was told to stop. */
  private orAbandoned({ job, stop }: Attempt, answer: PromiseLike<unknown>): Promise<unknown> {
    const running = Promise.resolve(answer);
    const abandoned = new Promise<never>((_, reject) => {
      stop.signal.addEventListener('abort', () => {
        const timer = setTimeout(() => {
          this.logger.warn({ jobId: job.id, type: job.type }, 'abandoned: the handler ignores its signal');
          reject(new Error('the handler went on after it was told to stop'));
        }, ABANDON_AFTER_MS);
        running.finally(() => clearTimeout(timer)).catch(() => undefined);
      });
    });
    return Promise.race([running, abandoned]);
  }

  private contextOf(attempt: Attempt): JobContext {
    const { logger } = this.logger;
    let own: JobContext['logger'] | undefined;
    const { id, type, queue, tenant, attempt: number, maxAttempts, fence, traceparent, origin } = attempt.job;
    return {
      ...{ id, type, queue, tenant, attempt: number, maxAttempts, fence, traceparent },
      plannedAt: origin && new Date(origin.plannedAt),
      signal: attempt.stop.signal,
      /** Made when it is used: most handlers write nothing. */
      get logger() {
        return (own ??= logger.child({ jobId: id, type, attempt: number }));
      },
      progress: (value) => this.progress.report(attempt, value),
      ...this.records.of(attempt),
    };
  }
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as Partial<PromiseLike<unknown>> | null)?.then === 'function';
}

/** What was given under the name of a secret shall not be read in an error. */
function secretsOf({ payload }: ClaimedJob): string[] {
  try {
    return secretsIn(JSON.parse(payload));
  } catch {
    return []; // a payload that is no JSON came by plain SQL
  }
}

function readPayload(job: ClaimedJob, { payload: schema }: RegisteredHandler): unknown {
  const payload: unknown = JSON.parse(job.payload);
  const parsed = schema?.safeParse(payload);
  if (!parsed) return payload;
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new DoNotRetryError(`the payload does not fit '${job.type}': ${faults.join('; ')}`);
}

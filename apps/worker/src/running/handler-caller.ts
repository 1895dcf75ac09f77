import { Injectable } from '@nestjs/common';
import type { ClaimedJob } from '@holdfast/domain';
import { secretsIn, Tracing } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { DoNotRetryError } from '../handling/job-context.ts';
import { HandlerRegistry, type RegisteredHandler } from '../handling/handler-registry.ts';
import { ABANDON_AFTER_MS, type Attempt, type Ending } from './attempt.ts';
import { ContextMaker } from './context-maker.ts';
import { toJobError } from './job-error.ts';
import { JobNotes } from './job-notes.ts';
import { toResult } from './result.ts';
import { SnoozeRequest } from './snooze.ts';

/** Calls the handler of a job in this process. */
@Injectable()
export class HandlerCaller {
  constructor(
    private readonly registry: HandlerRegistry,
    private readonly contexts: ContextMaker,
    private readonly notes: JobNotes,
    private readonly tracing: Tracing,
    private readonly logger: PinoLogger,
  ) {}

  /** Never rejects. */
  async call(attempt: Attempt): Promise<Ending> {
    const ending = await this.attend(attempt);
    const written = this.notes.end(attempt);
    if (written) await written;
    return ending;
  }

  private async attend(attempt: Attempt): Promise<Ending> {
    try {
      const { job } = attempt;
      const registered = this.registry.find(job.type);
      if (!registered) throw new DoNotRetryError(`this worker has no handler for '${job.type}'`);
      const payload = readPayload(job, registered);
      const { context, enqueued } = this.contexts.contextOf(attempt);
      const answer = this.tracing.within(job.traceparent, () => registered.handler.handle(payload, context));
      const result = toResult(isThenable(answer) ? await this.orAbandoned(attempt, answer) : answer);
      return { kind: 'returned', result, enqueued: enqueued() };
    } catch (error) {
      if (error instanceof SnoozeRequest) return { kind: 'snoozed', runAt: error.runAt };
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

import { Injectable } from '@nestjs/common';
import {
  JOB_LIMITS,
  outcomeOfFailure,
  type ClaimedJob,
  type Failure,
  type JsonText,
  type Outcome,
} from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { secretsIn } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { DoNotRetryError, type JobContext } from '../handling/job-context.ts';
import { HandlerRegistry, type RegisteredHandler } from '../handling/handler-registry.ts';
import { StopRequest, type HeldJob, type StopReason } from './held-jobs.ts';
import { toJobError } from './job-error.ts';
import { ProgressWriter } from './progress-writer.ts';

/** A handler that was told to stop has this long to end by itself before it is given up. */
const ABANDON_AFTER_MS = 5_000;

/** Takes one claimed job through its attempt. How it ends is a value; nothing is written here. */
@Injectable()
export class JobRunner {
  constructor(
    private readonly registry: HandlerRegistry,
    private readonly clock: StoreClock,
    private readonly progress: ProgressWriter,
    private readonly logger: PinoLogger,
  ) {}

  /** @returns undefined if the job was taken away, so that there is nothing to record */
  async run(held: HeldJob): Promise<Outcome | undefined> {
    const ended = await this.execute(held);
    const reason = stopReason(held);
    if (reason === 'lease-lost') return undefined;
    if (reason === 'cancelled') return { kind: 'cancelled' };
    if (reason === 'timed-out') return this.failed(held.job, timeoutError(held.job), 'timed-out');
    if ('result' in ended) return this.succeeded(held.job, ended.result);
    if (reason === 'shutdown') return { kind: 'handed-back' };
    return this.failed(held.job, ended.error, 'failed');
  }

  private async execute(held: HeldJob): Promise<{ result: unknown } | { error: unknown }> {
    const timeout = setTimeout(() => held.stop.abort(new StopRequest('timed-out')), held.job.timeoutMs);
    try {
      const registered = this.registry.find(held.job.type);
      if (!registered) throw new DoNotRetryError(`this worker has no handler for '${held.job.type}'`);
      const payload = readPayload(held.job, registered);
      const running = Promise.resolve(registered.handler.handle(payload, this.contextOf(held)));
      return { result: await Promise.race([running, this.abandoned(held, running)]) };
    } catch (error) {
      return { error };
    } finally {
      clearTimeout(timeout);
    }
  }

  /** Rejects when a handler goes on and on after it was told to stop. */
  private abandoned(held: HeldJob, running: Promise<unknown>): Promise<never> {
    return new Promise((_, reject) => {
      held.stop.signal.addEventListener('abort', () => {
        const timer = setTimeout(() => {
          this.logger.warn({ jobId: held.job.id, type: held.job.type }, 'abandoned: the handler ignores its signal');
          reject(new Error('the handler went on after it was told to stop'));
        }, ABANDON_AFTER_MS);
        running.finally(() => clearTimeout(timer)).catch(() => undefined);
      });
    });
  }

  private succeeded(job: ClaimedJob, result: unknown): Outcome {
    try {
      return { kind: 'succeeded', result: toResult(result) };
    } catch (error) {
      return this.failed(job, new DoNotRetryError(`the result cannot be kept: ${(error as Error).message}`), 'failed');
    }
  }

  private failed(job: ClaimedJob, error: unknown, kind: Failure['kind']): Outcome {
    const final = error instanceof DoNotRetryError;
    const failure: Failure = { kind, error: toJobError(error, secretsOf(job)), final, failedAt: this.clock.now() };
    return outcomeOfFailure(job, failure, Math.random());
  }

  private contextOf({ job, stop }: HeldJob): JobContext {
    const { id, type, queue, attempt, maxAttempts, fence, traceparent } = job;
    const bound = this.logger.logger.child({ jobId: id, type, attempt });
    const progress = (value: unknown): void => this.progress.report(job, value);
    return { id, type, queue, attempt, maxAttempts, fence, traceparent, signal: stop.signal, logger: bound, progress };
  }
}

function stopReason({ stop }: HeldJob): StopReason | undefined {
  const reason: unknown = stop.signal.reason;
  return reason instanceof StopRequest ? reason.reason : undefined;
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

function timeoutError(job: ClaimedJob): Error {
  const error = new Error(`it took longer than its timeout of ${job.timeoutMs} ms`);
  error.name = 'TimeoutError';
  delete error.stack;
  return error;
}

function toResult(value: unknown): JsonText | undefined {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined || text.length * 3 <= JOB_LIMITS.resultBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes > JOB_LIMITS.resultBytes) throw new Error(`${bytes} bytes as JSON, more than ${JOB_LIMITS.resultBytes}`);
  return text;
}

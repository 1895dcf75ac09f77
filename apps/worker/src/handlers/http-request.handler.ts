import { STATUS_CODES } from 'node:http';
import { Tracing, type Span } from '@holdfast/runtime';
import { Inject } from '@nestjs/common';
import { DoNotRetryError, type Handler, type JobContext } from '../handling/job-context.ts';
import { JobHandler } from '../handling/job-handler.decorator.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import { exchange, EXCHANGE_LIMITS, type Answer } from './http/exchange.ts';
import { HostResolver } from './http/host-resolver.ts';
import { HttpRequestPayload, type HttpRequest } from './http/http-payload.ts';
import { resultOf, type HttpResult } from './http/http-result.ts';

/** Answers below 500 that say "not now" rather than "never". */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);

/** Sends a request to the outside world. A 2xx answer is success and becomes the result. */
@JobHandler('http.request', HttpRequestPayload)
export class HttpRequestHandler implements Handler<HttpRequest, HttpResult> {
  constructor(
    @Inject(workerConfiguration.KEY) private readonly configuration: Pick<WorkerConfiguration, 'httpAllowPrivate'>,
    private readonly resolver: HostResolver,
    private readonly tracing: Tracing,
  ) {}

  async handle(request: HttpRequest, context: JobContext): Promise<HttpResult> {
    const answer = await this.tracedAnswerTo(request, context);
    if (answer.status >= 200 && answer.status < 300) return resultOf(answer);
    throw refusalBy(answer, request);
  }

  /** The receiver's work shows below the call, which shows below the attempt. */
  private async tracedAnswerTo(request: HttpRequest, context: JobContext): Promise<Answer> {
    const { traceparent: parent } = context;
    const attributes = { 'http.request.method': request.method, 'server.address': request.url.origin };
    const span = this.tracing.start(request.method, { kind: 'client', parent, attributes });
    try {
      const answer = await this.answerTo(request, context, span.traceparent ?? parent);
      tellAnswer(span, answer);
      return answer;
    } catch (error) {
      span.fail(reasonOf(error));
      throw error;
    } finally {
      span.end();
    }
  }

  private async answerTo(request: HttpRequest, context: JobContext, trace: string | undefined): Promise<Answer> {
    const headers = {
      ...(trace === undefined ? {} : { traceparent: trace }),
      ...request.headers,
      ...ownHeaders(context),
    };
    const { httpAllowPrivate: allowPrivate } = this.configuration;
    const options = { resolver: this.resolver, allowPrivate, limits: EXCHANGE_LIMITS, signal: context.signal };
    try {
      return await exchange({ ...request, headers }, options);
    } catch (error) {
      if (context.signal.aborted || error instanceof DoNotRetryError) throw error;
      throw new Error(`${labelOf(request)} failed: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/** What lets a receiver tell a repeat from a new request, and an attempt that was given up from the one that counts. */
function ownHeaders({ id, fence, attempt }: JobContext): Record<string, string> {
  return {
    'user-agent': 'holdfast',
    'accept-encoding': 'identity',
    'idempotency-key': id,
    'holdfast-fence': String(fence),
    'holdfast-attempt': String(attempt),
  };
}

function tellAnswer(span: Span, { status }: Answer): void {
  span.set({ 'http.response.status_code': status });
  if (status >= 400) span.fail(`answered ${status}`);
}

function refusalBy({ status }: Answer, request: HttpRequest): Error {
  const message = `${labelOf(request)} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  if (status >= 500 || TRANSIENT_STATUS.has(status)) return new Error(message);
  return new DoNotRetryError(status < 400 ? `${message}: redirects are not followed` : message);
}

/** Paths and queries carry tokens, and whoever may read an error need not know them. */
function labelOf({ method, url }: HttpRequest): string {
  return `${method} ${url.origin}`;
}

/** A socket that tried several addresses has a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}

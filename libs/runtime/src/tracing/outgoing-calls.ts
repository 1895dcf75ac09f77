import { context, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { toTraceparent } from './trace-context.ts';
import type { Span, Tracing } from './tracing.ts';

const HEADER = 'traceparent';

/** What undici and Node's own fetch tell of a request. */
interface FetchMessage {
  readonly request: {
    readonly origin: string | URL;
    readonly method: string;
    readonly headers: unknown;
    addHeader(name: string, value: string): void;
  };
  readonly response?: { readonly statusCode: number };
  readonly error?: Error;
}

/** What node:http and node:https tell. */
interface HttpMessage {
  readonly request: {
    readonly protocol: string;
    readonly host: string;
    readonly method: string;
    hasHeader(name: string): boolean;
    setHeader(name: string, value: string): void;
  };
  readonly response?: { readonly statusCode?: number };
  readonly error?: Error;
}

/**
 * Calls that a handler makes, by fetch or node:http: each shows as a span of its own, whose traceparent the other side
 * gets. A call that names a traceparent already belongs to whoever put it there. Only the origin is told: paths carry
 * secrets.
 */
export class OutgoingCalls {
  private readonly open = new WeakMap<object, Span>();
  private tracing: Tracing | undefined;
  private readonly listeners: readonly (readonly [channel: string, listener: (message: unknown) => void])[] = [
    ['undici:request:create', (message) => this.beginFetch(message as FetchMessage)],
    ['undici:request:headers', (message) => this.answered(message as FetchMessage)],
    ['undici:request:trailers', (message) => this.end((message as FetchMessage).request)],
    ['undici:request:error', (message) => this.failed(message as FetchMessage)],
    ['http.client.request.created', (message) => this.beginHttp(message as HttpMessage)],
    ['http.client.response.finish', (message) => this.finished(message as HttpMessage)],
    ['http.client.request.error', (message) => this.failed(message as HttpMessage)],
  ];

  watch(tracing: Tracing): void {
    this.tracing = tracing;
    for (const [channel, listener] of this.listeners) subscribe(channel, listener);
  }

  stop(): void {
    for (const [channel, listener] of this.listeners) unsubscribe(channel, listener);
  }

  private beginFetch({ request }: FetchMessage): void {
    if (namesTrace(request.headers)) return;
    const span = this.begin(request, request.method, String(request.origin));
    if (span?.traceparent !== undefined) request.addHeader(HEADER, span.traceparent);
  }

  private beginHttp({ request }: HttpMessage): void {
    if (request.hasHeader(HEADER)) return;
    const span = this.begin(request, request.method, `${request.protocol}//${request.host}`);
    if (span?.traceparent !== undefined) request.setHeader(HEADER, span.traceparent);
  }

  /** @returns undefined if nothing that is traced makes the call */
  private begin(request: object, method: string, origin: string): Span | undefined {
    const active = trace.getSpanContext(context.active());
    if (!active || isTracingSuppressed(context.active())) return undefined;
    const attributes = { 'http.request.method': method, 'server.address': origin };
    const span = this.tracing?.start(method, { kind: 'client', parent: toTraceparent(active), attributes });
    if (span) this.open.set(request, span);
    return span;
  }

  private answered({ request, response }: FetchMessage | HttpMessage): void {
    const span = this.open.get(request);
    const status = response?.statusCode;
    span?.set({ 'http.response.status_code': status });
    if (status !== undefined && status >= 400) span?.fail(`answered ${status}`);
  }

  private finished(message: HttpMessage): void {
    this.answered(message);
    this.end(message.request);
  }

  private failed({ request, error }: FetchMessage | HttpMessage): void {
    this.open.get(request)?.fail(error?.message ?? 'failed');
    this.end(request);
  }

  private end(request: object): void {
    this.open.get(request)?.end();
    this.open.delete(request);
  }
}

function namesTrace(headers: unknown): boolean {
  const flat = Array.isArray(headers) ? headers.map(String) : [String(headers)];
  return flat.some((each) => each.toLowerCase().startsWith(HEADER));
}

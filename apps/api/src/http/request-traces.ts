import { Tracing, type Span } from '@holdfast/runtime';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** Version 00 of W3C Trace Context; ids of zeros mean that there is none. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Probes and scrapes are nobody's work. */
const TRACED = /^\/v1\//;

const spans = new WeakMap<FastifyRequest, Span>();

/** The trace that a request is part of: its own span where traces are on, else what the caller named, if it is one. */
export function traceOf(request: FastifyRequest): string | undefined {
  return spans.get(request)?.traceparent ?? givenTrace(request);
}

/** Shows every call of the API as a span, by its route, below whatever the caller is part of. */
export function traceRequests(app: NestFastifyApplication): void {
  const tracing = app.get(Tracing);
  if (!tracing.isOn) return;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { url } = request.routeOptions;
    if (url !== undefined && TRACED.test(url)) spans.set(request, begin(tracing, request, url));
    done();
  });
  fastify.addHook('onResponse', (request, { statusCode }, done) => {
    const span = spans.get(request);
    span?.set({ 'http.response.status_code': statusCode });
    if (statusCode >= 500) span?.fail(`answered ${statusCode}`);
    span?.end();
    done();
  });
}

function begin(tracing: Tracing, request: FastifyRequest, route: string): Span {
  return tracing.start(`${request.method} ${route}`, {
    kind: 'server',
    parent: givenTrace(request),
    attributes: { 'http.request.method': request.method, 'http.route': route, 'holdfast.request_id': request.id },
  });
}

/** A header that is not one is ignored, as the standard wants. */
function givenTrace({ headers }: FastifyRequest): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined;
}

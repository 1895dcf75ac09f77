import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerInTime } from './answer-deadline.ts';
import { answerClientError } from './client-error.ts';
import { shareWith } from './cross-origin.ts';
import { HTTP_LIMITS, KEEP_ALIVE_MS, type HttpLimits } from './http-limits.ts';
import { jsonParser, refuseCompressed } from './json-parser.ts';
import { KnownMethods } from './known-methods.ts';
import { Parting } from './parting.ts';
import { Problem, unexpectedProblem } from './problem.ts';
import { sendProblem } from './problem.filter.ts';
import { nameRequest, requestIdOf } from './request-id.ts';
import { guardAnswer } from './response-headers.ts';
import { toProblem } from './to-problem.ts';

/** How often slow clients are looked for: they are cut off so much later than their time is up. */
const LOOK_FOR_SLOW_MS = 5_000;

/** Fastify that reads JSON alone, within limits, and answers what no route takes. */
export class ApiAdapter extends FastifyAdapter {
  readonly parting: Parting;

  constructor(limits: HttpLimits = HTTP_LIMITS) {
    super({
      bodyLimit: limits.bodyBytes,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      http: { connectionsCheckingInterval: Math.min(LOOK_FOR_SLOW_MS, limits.requestTimeoutMs) },
      trustProxy: limits.trustedProxies.length > 0 && [...limits.trustedProxies],
      genReqId: requestIdOf,
      return503OnClosing: false, // what still comes on an open connection is served, and the connection closed
      clientErrorHandler: answerClientError,
      frameworkErrors: answerUnreadable,
    });
    const fastify = this.getInstance<FastifyInstance>();
    fastify.server.headersTimeout = limits.requestTimeoutMs; // were it longer, Node would swap the two
    this.parting = new Parting(fastify.server);
    allowLargeBodies(fastify, limits);
    fastify.addHook('onRequest', nameRequest);
    fastify.addHook('onRequest', guardAnswer);
    fastify.addHook('onRequest', shareWith(limits.origins));
    fastify.addHook('onRequest', answerUnrouted(new KnownMethods(fastify)));
    fastify.addHook('onRequest', refuseMalformedQuery);
    fastify.addHook('preParsing', (request, _reply, _body, done) => refuseCompressed(request, (error) => done(error)));
    fastify.addHook('preHandler', answerInTime());
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, jsonParser(fastify));
  }

  /** Nest's own would take forms as well. */
  override registerParserMiddleware(): void {}
}

/** Routes say that they take many jobs at once by `@RouteConfig({ largeBody: true })`. */
function allowLargeBodies(fastify: FastifyInstance, { batchBodyBytes }: HttpLimits): void {
  fastify.addHook('onRoute', (route) => {
    if ((route.config as { largeBody?: boolean } | undefined)?.largeBody === true) route.bodyLimit = batchBodyBytes;
  });
}

/** A path that cannot be decoded comes to no hook. */
function answerUnreadable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const name = (): void => guardAnswer(request, reply.header('x-content-type-options', 'nosniff'), () => undefined);
  nameRequest(request, reply, name);
  sendProblem(reply, toProblem(error) ?? unexpectedProblem());
}

/** Fastify takes what cannot be decoded as it stands, and would look for that. */
function refuseMalformedQuery({ url }: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  try {
    if (url.includes('%')) decodeURIComponent(url.slice(url.indexOf('?') + 1));
    done();
  } catch {
    done(new Problem('bad-request', 'The query has a % that two hexadecimal digits of UTF-8 do not follow.'));
  }
}

/** Before anything of the body is read. */
function answerUnrouted(methods: KnownMethods) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (!request.is404) {
      done();
      return;
    }
    const known = methods.of(request.url);
    if (request.method === 'OPTIONS' && known.length > 0)
      void reply.header('allow', known.join(', ')).status(204).send();
    else sendProblem(reply, methods.problemOf(request));
  };
}

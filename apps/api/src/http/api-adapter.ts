import { isUtf8 } from 'node:buffer';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerClientError } from './client-error.ts';
import { Problem, unexpectedProblem } from './problem.ts';
import { sendProblem } from './problem.filter.ts';
import { toProblem } from './to-problem.ts';

const MIB = 1024 * 1024;
export const BATCH_BODY_BYTES = 8 * MIB;

/** How long a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Fastify that reads JSON alone, within limits. */
export class ApiAdapter extends FastifyAdapter {
  constructor() {
    super({
      bodyLimit: MIB,
      requestTimeout: REQUEST_TIMEOUT_MS,
      return503OnClosing: false, // what still comes on an open connection is served, and the connection closed
      clientErrorHandler: answerClientError,
      frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
        sendProblem(reply, toProblem(error) ?? unexpectedProblem()),
    });
    const fastify = this.getInstance<FastifyInstance>();
    fastify.addHook('onRoute', (route) => {
      const limit = (route.config as { bodyLimit?: number } | undefined)?.bodyLimit;
      if (limit !== undefined) route.bodyLimit = limit;
    });
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, jsonParser(fastify));
  }

  /** Nest's own would take forms as well. */
  override registerParserMiddleware(): void {}
}

type Done = (error: Error | null, body?: unknown) => void;
type JsonParser = (request: FastifyRequest, body: string, done: Done) => void;

/** Refuses what would change an object's prototype; no body at all is for the route's schema to judge. */
function jsonParser(fastify: FastifyInstance) {
  const parse = fastify.getDefaultJsonParser('error', 'error') as JsonParser;
  return (request: FastifyRequest, body: Buffer, done: Done): void => {
    if (isCompressed(request)) done(new Problem('unsupported-media-type', 'Send JSON that is not compressed.'));
    else if (body.length === 0) done(null, undefined);
    else if (isUtf8(body)) parse(request, body.toString(), (error, value) => done(error && notJson(error), value));
    else done(new Problem('malformed-body', 'The body must be in UTF-8.'));
  };
}

function isCompressed({ headers }: FastifyRequest): boolean {
  return (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';
}

function notJson({ message }: Error): Problem {
  const poisoned = message.includes('forbidden prototype property');
  const detail = poisoned
    ? 'The body may not hold the keys __proto__ or constructor.prototype.'
    : `The body is not JSON: ${message}.`;
  return new Problem('malformed-body', detail);
}

import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

type Done = (error: Error | null, body?: unknown) => void;
type JsonParser = (request: FastifyRequest, body: string, done: Done) => void;

/** Refuses what would change an object's prototype; no body at all is for the route's schema to judge. */
export function jsonParser(fastify: FastifyInstance) {
  const parse = fastify.getDefaultJsonParser('error', 'error') as JsonParser;
  return (request: FastifyRequest, body: Buffer, done: Done): void => {
    if (body.length === 0) done(null, undefined);
    else if (isUtf8(body))
      parse(request, body.toString(), (error, value) => done(error && notJson(body.toString()), value));
    else done(new Problem('malformed-body', 'The body must be in UTF-8.'));
  };
}

/** A hook for before anything of the body is read: a small one could unpack to a very large one. */
export function refuseCompressed({ headers }: FastifyRequest, done: (error?: Error) => void): void {
  const compressed = (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';
  done(compressed ? new Problem('unsupported-media-type', 'Send JSON that is not compressed.') : undefined);
}

/** Asks again, for Fastify does not say what was wrong. */
function notJson(body: string): Problem {
  try {
    JSON.parse(body);
    return new Problem('malformed-body', 'The body may not hold the keys __proto__ or constructor.prototype.');
  } catch (error) {
    return new Problem('malformed-body', `The body is not JSON: ${(error as Error).message}.`);
  }
}

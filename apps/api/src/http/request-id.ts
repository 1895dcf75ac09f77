import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What can stand in a log line without being mistaken for anything else. */
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** The caller's own id, if it is one, so that a request can be followed through all that it passes; else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** A hook that names the request in its answer. */
export function nameRequest({ id }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.header('x-request-id', id);
  done();
}

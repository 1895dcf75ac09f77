import type { FastifyReply, FastifyRequest } from 'fastify';

const REQUEST_HEADERS =
  'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Traceparent, X-Request-Id';
const EXPOSED_HEADERS =
  'Allow, ETag, Idempotency-Replayed, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id';
const REMEMBERED_S = '600';

/**
 * A hook that lets pages of the given origins call, and nobody else: without origins no answer says anything of them.
 * Tokens travel in a header that a page must set itself, so that there are no credentials to allow.
 */
export function shareWith(origins: readonly string[]) {
  const known = new Set(origins);
  return ({ method, headers }: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (known.size > 0) reply.header('vary', 'Origin');
    if (headers.origin !== undefined && known.has(headers.origin)) {
      reply.header('access-control-allow-origin', headers.origin);
      if (method === 'OPTIONS') allowPreflight(reply);
      else reply.header('access-control-expose-headers', EXPOSED_HEADERS);
    }
    done();
  };
}

/** Which of these methods a path knows, Allow says; which of them a token may use is judged when it comes. */
function allowPreflight(reply: FastifyReply): void {
  reply.header('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
  reply.header('access-control-allow-headers', REQUEST_HEADERS);
  reply.header('access-control-max-age', REMEMBERED_S);
}

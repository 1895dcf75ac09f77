import type { FastifyReply } from 'fastify';

/** Fires when nobody is there any more to be answered. */
export function closing({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}

import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { passingProblem } from './problem.ts';

export const ANSWER_WITHIN_MS = 10_000;

/** How long a route that waits on purpose may take, in milliseconds. */
export function AnswersWithin(answerWithinMs: number): MethodDecorator {
  return RouteConfig({ answerWithinMs });
}

/**
 * A hook for when a request has been read: it is answered in time even when MySQL hangs without letting go. Fastify's own
 * handlerTimeout does not: it ends as soon as the body of a request was read. An interceptor of Nest would cost more than
 * all the rest of its routing together.
 */
export function answerInTime(usualMs = ANSWER_WITHIN_MS) {
  return ({ routeOptions }: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { answerWithinMs = usualMs } = routeOptions.config as { answerWithinMs?: number };
    const timer = setTimeout(() => giveUp(reply), answerWithinMs);
    reply.raw.once('close', () => clearTimeout(timer));
    done();
  };
}

/** An answer that has begun is let end, however long it is. */
function giveUp(reply: FastifyReply): void {
  if (reply.raw.headersSent) return;
  const detail = 'Whether the request took effect is not known. Try again after a while.';
  void reply.send(passingProblem('timed-out', detail, 5));
}

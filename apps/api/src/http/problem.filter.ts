import { Catch, Logger, ServiceUnavailableException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unexpectedProblem, type Problem } from './problem.ts';
import { toProblem } from './to-problem.ts';

const TELL_OUTAGE_EVERY_MS = 10_000;

/** Answers every error as application/problem+json, and logs those that are ours. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');
  private outageTold = -Infinity;

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    // A probe that is not well says so in its own words.
    if (error instanceof ServiceUnavailableException) void reply.status(error.getStatus()).send(error.getResponse());
    else sendProblem(reply, this.known(error, http.getRequest()) ?? this.unexpected(error, http.getRequest()));
  }

  /** An outage fails every request; it is told now and then, not each time. */
  private known(error: unknown, { routeOptions }: FastifyRequest): Problem | undefined {
    const problem = toProblem(error, routeOptions.bodyLimit);
    if (problem?.status === 503 && performance.now() - this.outageTold > TELL_OUTAGE_EVERY_MS) {
      this.outageTold = performance.now();
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ msg: 'requests are answered with 503', code: problem.code, reason });
    }
    return problem;
  }

  private unexpected(error: unknown, { id: requestId, method, routeOptions }: FastifyRequest): Problem {
    this.logger.error({ msg: 'unexpected error', err: error, requestId, method, route: routeOptions.url });
    return unexpectedProblem();
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply.status(problem.status).headers(problem.headers).type('application/problem+json').send(problem.body());
}

import { Catch, Logger, ServiceUnavailableException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unexpectedProblem, type Problem } from './problem.ts';
import { toProblem } from './to-problem.ts';

/** Answers every error as application/problem+json, and logs those that are ours. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    // A probe that is not well says so in its own words.
    if (error instanceof ServiceUnavailableException) void reply.status(error.getStatus()).send(error.getResponse());
    else sendProblem(reply, toProblem(error) ?? this.unexpected(error, http.getRequest()));
  }

  private unexpected(error: unknown, { method, routeOptions }: FastifyRequest): Problem {
    this.logger.error({ msg: 'unexpected error', err: error, method, route: routeOptions.url });
    return unexpectedProblem();
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply.status(problem.status).headers(problem.headers).type('application/problem+json').send(problem.body());
}

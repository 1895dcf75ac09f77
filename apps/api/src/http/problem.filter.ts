import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import { toProblem } from './to-problem.ts';

/** Answers every error as application/problem+json, and logs those that are ours. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = toProblem(error) ?? this.unexpected(error, request);
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    void reply.status(problem.status).headers(problem.headers).type('application/problem+json').send(problem.body());
  }

  private unexpected(error: unknown, request: FastifyRequest): Problem {
    this.logger.error({ msg: 'unexpected error', err: error, method: request.method, route: request.routeOptions.url });
    return new Problem('internal-error', 'The request could not be carried out. The log of the api says why.');
  }
}

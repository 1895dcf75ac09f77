import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { throwError, timeout, type Observable } from 'rxjs';
import { passingProblem } from './problem.ts';

export const ANSWER_WITHIN_MS = 10_000;

/**
 * Answers in time even when MySQL hangs without letting go. Fastify's own handlerTimeout does not: it ends as soon as
 * the body of a request was read.
 */
export class AnswerDeadlineInterceptor implements NestInterceptor {
  constructor(private readonly withinMs = ANSWER_WITHIN_MS) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout({ first: this.withinMs, with: () => throwError(tooLate) }));
  }
}

function tooLate(): Error {
  return passingProblem('timed-out', 'Whether the request took effect is not known. Try again after a while.', 5);
}

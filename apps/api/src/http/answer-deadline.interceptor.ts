import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { throwError, timeout, type Observable } from 'rxjs';
import { passingProblem } from './problem.ts';

export const ANSWER_WITHIN_MS = 10_000;

/** How long a route that waits on purpose may take, in milliseconds. */
export const AnswersWithin = Reflector.createDecorator<number>();

/**
 * Answers in time even when MySQL hangs without letting go. Fastify's own handlerTimeout does not: it ends as soon as
 * the body of a request was read.
 */
export class AnswerDeadlineInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  constructor(private readonly withinMs = ANSWER_WITHIN_MS) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const asked = this.reflector.get<number | undefined>(AnswersWithin, context.getHandler());
    const first = asked ?? this.withinMs;
    return next.handle().pipe(timeout({ first, with: () => throwError(tooLate) }));
  }
}

function tooLate(): Error {
  return passingProblem('timed-out', 'Whether the request took effect is not known. Try again after a while.', 5);
}

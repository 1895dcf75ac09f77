import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { traceOf } from './request-traces.ts';

/** The trace that a request is part of. */
export const Trace = createParamDecorator((_: unknown, context: ExecutionContext) =>
  traceOf(context.switchToHttp().getRequest()),
);

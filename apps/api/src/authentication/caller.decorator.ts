import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { principalOf } from './principal.ts';

/** Who asks, for operations that are remembered with a name. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest()),
);

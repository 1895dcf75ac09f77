import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { principalOf } from './principal.ts';

/** The tenant of the token. There is no other way for a tenant to get into a query. */
export const Tenant = createParamDecorator(
  (_: unknown, context: ExecutionContext) => principalOf(context.switchToHttp().getRequest()).tenant,
);

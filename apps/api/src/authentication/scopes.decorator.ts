import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiSecurity } from '@nestjs/swagger';
import type { Scope } from './principal.ts';

export const RequiredScope = Reflector.createDecorator<Scope>();

/** What a token must allow for this route. A route without it answers nobody. */
export function Scoped(scope: Scope): MethodDecorator {
  return applyDecorators(RequiredScope(scope), ApiSecurity('bearer', [scope]));
}

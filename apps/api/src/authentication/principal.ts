import type { FastifyRequest } from 'fastify';
import { unauthenticated } from './unauthenticated.ts';

export const SCOPES = ['jobs:read', 'jobs:write', 'jobs:admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks, as the token says. */
export interface Principal {
  readonly subject: string;
  readonly tenant: string;
  readonly scopes: ReadonlySet<string>;
  /** When the token is over, in epoch milliseconds; whatever goes on for long ends then. */
  readonly expiresAt: number;
}

const principals = new WeakMap<FastifyRequest, Principal>();

export function rememberPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request, principal);
}

/** @throws Problem unless the guard let the request in */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (!principal) throw unauthenticated();
  return principal;
}

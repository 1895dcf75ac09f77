import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.ts';
import { RequestRates } from '../rates/request-rates.ts';
import { rememberPrincipal, SCOPES, type Principal, type Scope } from './principal.ts';
import { RequiredScope } from './scopes.decorator.ts';
import { TokenVerifier } from './token-verifier.ts';
import { unauthenticated } from './unauthenticated.ts';

/** Probes and metrics are asked by machines that hold no token of ours, and say nothing of anybody's jobs. */
const OPEN_ROUTES = /^\/(health\/|metrics$)/;
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;
const TOKEN_LENGTH = 8192;

/** Denies by default: a route answers only tokens that have the scope it names. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly rates: RequestRates,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (OPEN_ROUTES.test(request.routeOptions.url ?? '')) return true;
    const principal = await this.principalOf(request);
    http.getResponse<FastifyReply>().headers(this.rates.admit(principal));
    requireScope(principal, this.reflector.get(RequiredScope, context.getHandler()));
    rememberPrincipal(request, principal);
    return true;
  }

  private async principalOf(request: FastifyRequest): Promise<Principal> {
    try {
      return await this.verifier.verify(tokenOf(request));
    } catch (error) {
      const isWrong = error instanceof Problem && error.code === 'unauthenticated';
      throw (isWrong ? this.rates.refusalOf(request.ip) : undefined) ?? error;
    }
  }
}

function tokenOf(request: FastifyRequest): string {
  const header = request.headers.authorization ?? '';
  const token = header.length <= TOKEN_LENGTH ? BEARER.exec(header)?.[1] : undefined;
  if (token === undefined) throw unauthenticated();
  return token;
}

function requireScope(principal: Principal, scope: Scope | undefined): void {
  if (scope !== undefined && principal.scopes.has(scope)) return;
  const detail =
    scope === undefined
      ? 'This route is open to nobody.'
      : `This needs the scope ${scope}; the token has ${knownScopes(principal)}.`;
  const wanted = scope === undefined ? '' : `, scope="${scope}"`;
  throw new Problem('insufficient-scope', detail, {
    headers: { 'www-authenticate': `Bearer realm="holdfast", error="insufficient_scope"${wanted}` },
  });
}

function knownScopes({ scopes }: Principal): string {
  return SCOPES.filter((scope) => scopes.has(scope)).join(', ') || 'none';
}

import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { invalidRequest, jsonPointer } from './problem.ts';

const OURS = /^\/v1\//;
const MESSAGE = 'is not known here; this takes no parameters after the question mark';

/** A route that reads no query takes none: whoever asks for a dry run that there is not must be told before it is done. */
@Injectable()
export class QueryGuard implements CanActivate {
  private readonly reading = new WeakMap<object, boolean>();

  canActivate(context: ExecutionContext): boolean {
    const { query, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    const given = Object.keys(query as object);
    if (given.length === 0 || !OURS.test(routeOptions.url ?? '') || this.readsQuery(context)) return true;
    throw invalidRequest(
      'query',
      given.map((name) => ({ pointer: jsonPointer([name]), message: MESSAGE })),
    );
  }

  private readsQuery(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const known = this.reading.get(handler);
    if (known !== undefined) return known;
    const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) as object | undefined;
    const reads = Object.keys(parameters ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
    this.reading.set(handler, reads);
    return reads;
  }
}

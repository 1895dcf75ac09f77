import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.ts';

const ID = /^\d{1,15}$/;

/** Where a stream shall go on; undefined without the header. A browser that saw none sends an empty one. */
export const LastEventId = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined => {
  const id = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  if (id === undefined || id === '') return undefined;
  if (typeof id === 'string' && ID.test(id)) return Number(id);
  throw new Problem('invalid-request', 'The header Last-Event-ID must be the id of an event of such a stream.');
});

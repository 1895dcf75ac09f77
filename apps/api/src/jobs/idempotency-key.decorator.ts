import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.ts';
import { digestOf } from './request-digest.ts';

const KEY_LENGTH = 128;
const KEY_FORM = new RegExp(`^[\\x21-\\x7e]{1,${KEY_LENGTH}}$`);
const KEY_MESSAGE = `The header Idempotency-Key must be 1 to ${KEY_LENGTH} visible ASCII characters without spaces, such as a UUID.`;

export interface RequestKey {
  readonly key: string;
  /** Of what is asked for. Only once the body was found valid: a deeper one could not be walked. */
  readonly digest: () => string;
}

/** What the caller names its request by; undefined without the header. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): RequestKey | undefined => {
  const { headers, routeOptions, body } = context.switchToHttp().getRequest<FastifyRequest>();
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  // Sent twice, it arrives joined by a comma and a space, and is refused for the space.
  if (typeof key !== 'string' || !KEY_FORM.test(key)) throw new Problem('invalid-request', KEY_MESSAGE);
  return { key, digest: () => digestOf(routeOptions.url ?? '', body) };
});

/** Tells of the header in the documentation. Without an example: forms would fill it in, and the second request be refused for the key of the first. */
export function TakesIdempotencyKey(): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'Makes the request safe to send again for 24 hours: it is answered as it was the first time. Any text that names this request alone, such as a UUID',
    schema: { type: 'string', minLength: 1, maxLength: KEY_LENGTH, pattern: '^[!-~]+$' },
  });
}

import { Queue } from 'bullmq';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { jwtVerify, type JWTPayload } from 'jose';
import { serve } from '../processes/serve.ts';

/**
 * The least that one would write to take jobs over HTTP with BullMQ: a bare Fastify, the token verified by jose, one
 * `add`. With REDIS_URL, JWT_SECRET and, for tokens verified once and remembered, CACHE_TOKENS=1.
 */
const redis = new Redis(process.env['REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
const queue = new Queue('bench', { connection: redis });
const secret = new TextEncoder().encode(process.env['JWT_SECRET']);
const remembered = process.env['CACHE_TOKENS'] === '1' ? new Map<string, JWTPayload>() : undefined;

const app = Fastify({ logger: false });
app.post<{ Body: { type: string; payload: unknown } }>('/v1/jobs', async (request, reply) => {
  const claims = await verified(request.headers.authorization?.slice('Bearer '.length) ?? '');
  if (!String(claims['scope']).includes('jobs:write')) return reply.code(403).send();
  const job = await queue.add(request.body.type, request.body.payload);
  return reply.code(201).send({ id: job.id, type: job.name, payload: request.body.payload });
});

async function verified(token: string): Promise<JWTPayload> {
  const known = remembered?.get(token);
  if (known !== undefined && (known.exp ?? 0) * 1_000 > Date.now()) return known;
  const { payload } = await jwtVerify(token, secret, { issuer: 'holdfast', audience: 'holdfast' });
  remembered?.set(token, payload);
  return payload;
}

await redis.flushall();
const url = await app.listen({ port: 0, host: '127.0.0.1' });
serve({ url: () => url });

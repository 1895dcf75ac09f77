import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { answerInTime } from './answer-deadline.ts';

/** As nothing else here waits. */
const LONG_MS = 12_345;
const never = (): Promise<never> => new Promise(() => undefined);

describe('a request', () => {
  let server: FastifyInstance;
  const serve = (usualMs: number, config: object, answer: () => Promise<unknown>): FastifyInstance => {
    server = fastify();
    server.addHook('preHandler', answerInTime(usualMs));
    server.setErrorHandler((error, _request, reply) => reply.status(503).send(error));
    server.get('/', { config }, answer);
    return server;
  };

  afterEach(() => server.close());

  it('is answered, and nothing waits for it any more', async () => {
    const started = jest.spyOn(globalThis, 'setTimeout');
    const ended = jest.spyOn(globalThis, 'clearTimeout');
    const closed = new Promise((resolve) => {
      serve(LONG_MS, {}, () => Promise.resolve('done')).addHook('onRequest', (_request, { raw }, done) => {
        raw.once('close', resolve);
        done();
      });
    });
    const answer = await fetch(await server.listen({ port: 0, host: '127.0.0.1' }));
    expect(await answer.text()).toBe('done');
    await closed;
    const [timer] = started.mock.results.filter((_, index) => started.mock.calls[index]?.[1] === LONG_MS);
    expect(ended).toHaveBeenCalledWith(timer?.value as NodeJS.Timeout);
    jest.restoreAllMocks();
  });

  it('is told that it took too long when no answer comes', async () => {
    const { statusCode, body } = await serve(1, {}, never).inject('/');
    expect(statusCode).toBe(503);
    expect(body).toContain('timed-out');
  });

  it('may take as long as its route says', async () => {
    // A timer of a millisecond that was set before this one would ring before it, however slow the machine.
    const { body } = await serve(1, { answerWithinMs: 60_000 }, () => sleep(2, 'done')).inject('/');
    expect(body).toBe('done');
  });
});

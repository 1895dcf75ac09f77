import { Global, Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { OWN_TYPES } from '@holdfast/domain';
import { BookStore, DeadLetterStore, JobListStore, StoreClock } from '@holdfast/persistence';
import { RedisReadyIndex } from '@holdfast/queue';
import { Tracing } from '@holdfast/runtime';
import { HandlerRegistry } from '../handling/handler-registry.ts';
import { workerConfiguration } from '../worker.configuration.ts';
import { HandlersModule } from './handlers.module.ts';

const settings = { smtpUrl: 'smtp://127.0.0.1', smtpFrom: 'jobs@holdfast.test', httpAllowPrivate: false };

/** Nothing is asked of them here. */
const PARTS = [BookStore, DeadLetterStore, JobListStore, RedisReadyIndex, StoreClock, Tracing];

@Global()
@Module({
  providers: [
    { provide: workerConfiguration.KEY, useValue: settings },
    ...PARTS.map((provide) => ({ provide, useValue: {} })),
  ],
  exports: [workerConfiguration.KEY, ...PARTS],
})
class Surroundings {}

@Module({ imports: [DiscoveryModule, HandlersModule, Surroundings], providers: [HandlerRegistry] })
class Worker {}

describe('the handlers module', () => {
  it('has a handler for every built-in type, and what each of them needs', async () => {
    const app = await NestFactory.createApplicationContext(Worker, { logger: false, abortOnError: false });
    expect(app.get(HandlerRegistry).types).toEqual(
      expect.arrayContaining([
        ...['echo', 'email.send', 'fail', 'flaky', 'http.request', 'sleep'],
        ...Object.values(OWN_TYPES),
      ]),
    );
    await app.close();
  });
});

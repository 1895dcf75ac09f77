import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { QueueStore } from '@holdfast/persistence';
import { migrateUp } from '@holdfast/persistence/schema';
import { IndexUpkeep } from '@holdfast/queue';
import { Lifecycle } from '@holdfast/runtime';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createScratchDatabase, testServerUrl } from '../../../../tools/testing/scratch-database.ts';
import type { ApiConfiguration } from '../api.configuration.ts';
import { ApiModule } from '../api.module.ts';
import { ApiAdapter } from '../http/api-adapter.ts';
import { HTTP_LIMITS } from '../http/http-limits.ts';
import { prepareApi } from '../prepare-api.ts';
import { SECRET } from './tokens.ts';

/** Real servers, shared with whatever else runs on this machine. */
jest.setTimeout(60_000);

export interface Route {
  readonly method: string;
  readonly url: string;
}

export interface RunningApi {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly databaseUrl: string;
  readonly redisPrefix: string;
  /** Everything that the router knows. */
  readonly routes: readonly Route[];
  close(): Promise<void>;
}

interface Overrides {
  /** Empty: none. */
  readonly redisUrl?: string;
  readonly configuration?: Partial<ApiConfiguration>;
  /** How the api shall reach its database. */
  readonly databaseUrl?: (url: string) => Promise<string>;
}

/** The real api on a free port, over a database and an index of its own. */
export async function startApi(overrides: Overrides = {}): Promise<RunningApi> {
  const scratch = await createScratchDatabase();
  await migrateUp(scratch.url);
  const redisPrefix = `holdfast_test_${randomBytes(6).toString('hex')}`;
  const configuration: ApiConfiguration = {
    host: '127.0.0.1',
    databaseUrl: (await overrides.databaseUrl?.(scratch.url)) ?? scratch.url,
    databaseConnections: 5,
    redisUrl: overrides.redisUrl === '' ? undefined : (overrides.redisUrl ?? testServerUrl('TEST_REDIS_URL')),
    redisPrefix,
    journalAs: undefined,
    metricsToken: undefined,
    logLevel: 'silent',
    tracing: undefined,
    port: 0,
    tokens: { secrets: [SECRET], publicKeys: [], jwksUrl: undefined, issuer: 'holdfast', audience: 'holdfast' },
    http: HTTP_LIMITS,
    rates: { perToken: 600_000, wrongTokens: 600 },
    drainDelayMs: 0,
    ...overrides.configuration,
  };
  const adapter = new ApiAdapter(configuration.http);
  const routes = recordRoutes(adapter);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(configuration), adapter, {
    logger: false,
  });
  await prepareApi(app);
  await app.listen(0, '127.0.0.1');
  app.get(Lifecycle).becomeReady();
  const close = async (): Promise<void> => {
    await clearIndex(app);
    await app.close();
    await scratch.drop();
  };
  return { app, url: await app.getUrl(), databaseUrl: scratch.url, redisPrefix, routes, close };
}

function recordRoutes(adapter: ApiAdapter): Route[] {
  const routes: Route[] = [];
  adapter.getInstance().addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, url });
  });
  return routes;
}

async function clearIndex(app: NestFastifyApplication): Promise<void> {
  const upkeep = app.get(IndexUpkeep);
  for (const queue of await app.get(QueueStore).findNames()) await upkeep.discard(queue).catch(() => undefined);
}

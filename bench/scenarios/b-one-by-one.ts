import { JWT_SECRET } from '../../e2e/harness/client.ts';
import { DEFAULT_CLAIMS, makeToken } from '../../tools/setup/token.ts';
import { System } from '../holdfast/system.ts';
import type { Load, LoadSpec } from '../load/http-load.ts';
import { Part } from '../processes/part.ts';
import type { Contender, MakeScenario, Reading } from '../scenario.ts';
import type { Durability } from '../servers/redis.ts';
import { sizeOf } from '../sizes.ts';
import { percentile } from '../statistics.ts';

const CONNECTIONS = [1, 64, 256] as const;

/** One job per POST, each with a verified token, from a load generator in a process of its own. */
export const oneByOne: MakeScenario = (ground, options) => {
  const ms = sizeOf(options, { usual: 6_000, quick: 700 });
  const load = async (url: string): Promise<Reading> => {
    const token = await makeToken({ JWT_SECRET }, DEFAULT_CLAIMS);
    const generator = await Part.start({ script: 'load/http-load.ts', directory: ground.directory });
    const reading: Record<string, number> = {};
    for (const connections of CONNECTIONS) {
      const spec: LoadSpec = { url, token, connections, warmUpMs: ms / 3, ms };
      const { accepted, seconds, latencies } = await generator.call<Load>('run', spec);
      reading[rate(connections)] = accepted / seconds;
      reading[p99(connections)] = percentile(latencies, 0.99);
    }
    await generator.stop();
    return reading;
  };
  const fastify = (durability: Durability, remember: boolean): Contender => ({
    name: `Fastify + BullMQ ${durability}${remember ? ', cached' : ''}`,
    setUp: `bare Fastify, jose, queue.add; ${remember ? 'each token verified once; ' : ''}appendfsync ${durability}`,
    measure: async () => {
      const redis = await ground.redis(durability);
      const env = { REDIS_URL: redis.url, JWT_SECRET, ...(remember ? { CACHE_TOKENS: '1' } : {}) };
      const server = await Part.start({ script: 'peers/fastify-bullmq.ts', env, directory: ground.directory });
      const reading = await load(await server.call<string>('url'));
      await server.stop();
      return reading;
    },
  });
  return {
    letter: 'b',
    title: 'POST /v1/jobs, one job per request',
    measures: [
      ...CONNECTIONS.map((each) => ({ name: rate(each), unit: 'jobs/s', better: 'more' as const })),
      ...CONNECTIONS.map((each) => ({ name: p99(each), unit: 'ms', better: 'less' as const })),
    ],
    contenders: [
      {
        name: 'Holdfast',
        setUp: 'api and scheduler with their defaults; MariaDB flush=1',
        measure: async () => {
          const system = await System.start(ground, {
            redis: await ground.redis('none'),
            programs: ['api', 'scheduler'],
          });
          try {
            return await load(system.url('api'));
          } finally {
            await system.stop();
          }
        },
      },
      fastify('none', false),
      fastify('everysec', false),
      fastify('everysec', true),
      fastify('always', false),
    ],
    goals: [{ measure: rate(64), contender: 'Holdfast', against: 'Fastify + BullMQ everysec', reach: 1 }],
    notes: [
      'No worker runs. Holdfast validates the body against its schema and answers with the whole job; the bare endpoint does neither.',
      'jose verifies the same HS256 token in both; "cached" remembers verified tokens until they expire.',
    ],
  };
};

function rate(connections: number): string {
  return `${connections} conn`;
}

function p99(connections: number): string {
  return `p99 at ${connections}`;
}

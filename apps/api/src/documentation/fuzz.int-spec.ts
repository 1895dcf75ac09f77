import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fuzz } from '../testing/fuzz/fuzz.ts';
import type { ApiDocument } from '../testing/fuzz/requests.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { makeToken } from '../testing/tokens.ts';

/** FUZZ_SEED repeats a run or begins another, FUZZ_REQUESTS makes it longer: an hour of seeds is a loop in a shell. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261122);
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 2_000);
const LOOK_EVERY_MS = 250;

jest.setTimeout(60_000 + REQUESTS * 100);

describe('whatever comes', () => {
  let api: RunningApi;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  beforeAll(async () => {
    api = await startApi();
  });

  afterAll(async () => {
    agent.destroy();
    await api.close();
  });

  it(`meets an answer that is not ours to be ashamed of (seed ${SEED}, ${REQUESTS} requests)`, async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as ApiDocument;
    const lives: number[] = [];
    const look = setInterval(
      () => void fetch(`${api.url}/health/live`).then(({ status }) => lives.push(status)),
      LOOK_EVERY_MS,
    );
    const options = { url: api.url, token: await makeToken(), document, seed: SEED, requests: REQUESTS, agent };
    const before = process.memoryUsage().heapUsed;
    const { statuses, faults } = await fuzz(options);
    clearInterval(look);
    const mib = (process.memoryUsage().heapUsed - before) / 2 ** 20;
    const report = { seed: SEED, statuses, heapGrowthMiB: Math.round(mib), looks: lives.length };
    if (process.env['FUZZ_REQUESTS']) process.stdout.write(`${JSON.stringify(report)}\n`);
    expect(faults).toEqual([]);
    expect(lives.filter((status) => status !== 200)).toEqual([]);
    for (const status of [200, 201, 400, 404, 415]) expect(statuses[status]).toBeGreaterThan(0);
  });
});

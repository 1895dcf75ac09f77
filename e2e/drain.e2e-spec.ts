import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

const CONNECTIONS = 256;
/** So often each caller comes back to an api that stops. */
const PARTINGS = 2;
const PATIENCE_MS = 20_000;
const BODY = JSON.stringify({ type: 'echo', delay: '1h' });

/** Uses one connection again and again, and opens another when the api says that it was the last time. */
class Caller {
  readonly accepted: string[] = [];
  partings = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly cluster: Cluster) {}

  async submit(): Promise<void> {
    const { url } = this.cluster.api;
    const headers = { ...this.cluster.client.authorization, 'content-type': 'application/json' };
    const call = request(`${url}/v1/jobs`, { method: 'POST', agent: this.agent, headers }).end(BODY);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    const body = await text(answer);
    if (answer.headers.connection === 'close') this.partings += 1;
    if (answer.statusCode !== 201) throw new Error(`${answer.statusCode ?? 0}: ${body}`);
    this.accepted.push((JSON.parse(body) as { id: string }).id);
  }

  async submitUntilParted(times: number): Promise<void> {
    while (this.partings < times) await this.submit();
  }
}

describe('an api that gets SIGTERM under load', () => {
  let cluster: Cluster;

  beforeEach(async () => {
    cluster = await Cluster.start({ schedulers: 0, workers: 0, settings: { DRAIN_DELAY: '2s' } });
  });

  afterEach(() => cluster.stop());

  it('refuses and resets no connection as long as callers come, and every job that it accepted is stored', async () => {
    const callers = Array.from({ length: CONNECTIONS }, () => new Caller(cluster));
    const done = Promise.all(callers.map((caller) => caller.submitUntilParted(PARTINGS)));
    await until('every caller was answered', () => callers.every(({ accepted }) => accepted.length > 0), PATIENCE_MS);
    const stopped = cluster.api.stop();
    await done;
    expect(await stopped).toEqual({ code: 0, signal: null });
    const accepted = callers.flatMap((caller) => caller.accepted);
    const [row] = await cluster.database.rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM jobs');
    expect(row?.n).toBe(accepted.length);
    expect(new Set(accepted).size).toBe(accepted.length);
  });

  it('takes new connections until its delay is over, and says that it is not ready', async () => {
    const stopped = cluster.api.stop();
    await until(
      'it is not ready',
      async () => (await fetch(`${cluster.api.url}/health/ready`)).status === 503,
      PATIENCE_MS,
    );
    await new Caller(cluster).submit();
    await stopped;
  });

  it('answers a request that was under way on an idle connection when the port closed', async () => {
    const idle = new Caller(cluster);
    await idle.submit();
    await cluster.api.signal('SIGTERM');
    await until('it stops', () => cluster.api.log().some(({ msg }) => msg === 'stopping'), PATIENCE_MS);
    await cluster.api.signal('SIGTERM'); // it would serve whoever looks whether its port is still open
    const refused = (): Promise<boolean> =>
      fetch(`${cluster.api.url}/health/live`).then(
        () => false,
        () => true,
      );
    await until('the port is closed', refused, PATIENCE_MS);
    await idle.submit();
    expect(idle.partings).toBe(1);
    expect(await cluster.api.exited).toEqual({ code: 0, signal: null });
  });
});

async function text(answer: IncomingMessage): Promise<string> {
  let whole = '';
  for await (const chunk of answer.setEncoding('utf8')) whole += String(chunk);
  return whole;
}

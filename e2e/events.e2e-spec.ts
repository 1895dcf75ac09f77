import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

const PATIENCE_MS = 20_000;

/** What came on a stream of events. */
class Follower {
  text = '';

  private constructor(readonly answer: IncomingMessage) {
    answer.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
  }

  static async at(url: string, headers: Record<string, string>): Promise<Follower> {
    const [answer] = (await once(get(`${url}/v1/events`, { headers, agent: false }), 'response')) as [IncomingMessage];
    return new Follower(answer);
  }

  get lastId(): string {
    return /.*\nid: (\d+)\n\n/s.exec(this.text)?.[1] ?? '';
  }

  async told(event: string, id: string): Promise<void> {
    const line = new RegExp(`"jobId":"${id}".*"event":"${event}"`);
    await until(`${event} of ${id} is told`, () => line.test(this.text), PATIENCE_MS);
  }
}

describe('a stream of events', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ settings: { TRANSITION_JOURNAL: 'true' } });
  });

  afterAll(() => cluster.stop());

  it('tells what every program does, ends whole at SIGTERM, and goes on at another api without a gap', async () => {
    const { client, api } = cluster;
    const first = await Follower.at(api.url, client.authorization);
    const { id } = await client.submit({ type: 'echo' });
    for (const event of ['submit', 'claim', 'succeed']) await first.told(event, id);
    const [other] = await cluster.add('api');
    const [ended, stopped] = [once(first.answer, 'close'), api.stop()];
    const meanwhile = await client.at(other?.url ?? '').submit({ type: 'echo' });
    await ended;
    expect(first.answer.complete).toBe(true);
    expect(await stopped).toEqual({ code: 0, signal: null });
    const resumed = { ...client.authorization, 'last-event-id': first.lastId };
    const second = await Follower.at(other?.url ?? '', resumed);
    const whole = (): string => first.text + second.text;
    const succeeded = new RegExp(`"jobId":"${meanwhile.id}".*"event":"succeed"`);
    await until('the other job is told to its end', () => succeeded.test(whole()), PATIENCE_MS);
    expect(whole().split(`"jobId":"${id}"`)).toHaveLength(4);
    expect(whole().split(`"jobId":"${meanwhile.id}"`)).toHaveLength(4);
    second.answer.destroy();
  });
});

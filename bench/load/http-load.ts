import { Pool } from 'undici';
import { monotonicMs } from '../processes/clock.ts';
import { serve } from '../processes/serve.ts';

/** Posts one job after the other on each of so many connections: the load of scenario b, from a process of its own. */
export interface LoadSpec {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface Load {
  readonly accepted: number;
  readonly seconds: number;
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[];
}

serve({ run });

async function run(spec: LoadSpec): Promise<Load> {
  const pool = new Pool(spec.url, { connections: spec.connections, pipelining: 1 });
  const headers = { authorization: `Bearer ${spec.token}`, 'content-type': 'application/json' };
  const beginAt = monotonicMs() + spec.warmUpMs;
  const endAt = beginAt + spec.ms;
  const latencies: number[] = [];
  let i = 0;
  const lane = async (): Promise<void> => {
    while (monotonicMs() < endAt) {
      const body = JSON.stringify({ type: 'noop', queue: 'bench', payload: { i: i++, s: 'hello world' } });
      const sentAt = monotonicMs();
      const answer = await pool.request({ path: '/v1/jobs', method: 'POST', headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 201) throw new Error(`not accepted: ${answer.statusCode} ${text}`);
      const answeredAt = monotonicMs();
      if (sentAt >= beginAt && answeredAt <= endAt) latencies.push(answeredAt - sentAt);
    }
  };
  await Promise.all(Array.from({ length: spec.connections }, lane));
  await pool.close();
  return { accepted: latencies.length, seconds: spec.ms / 1_000, latencies: latencies.sort((a, b) => a - b) };
}

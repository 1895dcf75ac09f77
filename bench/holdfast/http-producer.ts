import { Pool } from 'undici';
import { serveProducer } from '../processes/producing.ts';

/** A program beside Holdfast that submits over HTTP. With API_URL, TOKEN, QUEUE and TYPE. */
const pool = new Pool(process.env['API_URL'] ?? '', { connections: 8, pipelining: 1 });
const headers = { authorization: `Bearer ${process.env['TOKEN'] ?? ''}`, 'content-type': 'application/json' };
const queue = process.env['QUEUE'] ?? 'bench';
const type = process.env['TYPE'] ?? 'noop';

serveProducer({
  reset: () => Promise.resolve(),
  addBulk: (payloads) => post('/v1/jobs/batch', { jobs: payloads.map((payload) => ({ type, queue, payload })) }),
  addOne: (payload) => post('/v1/jobs', { type, queue, payload }),
  addAt: (payload, due) => post('/v1/jobs', { type, queue, payload, runAt: new Date(due).toISOString() }),
  remaining: () => Promise.reject(new Error('ask the library')),
});

async function post(path: string, body: unknown): Promise<void> {
  const answer = await pool.request({ path, method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(`not accepted: ${answer.statusCode} ${text.slice(0, 500)}`);
}

import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../servers/problem.ts';

export const DEMONSTRATION_JOB = { type: 'echo', payload: { hello: 'world' } };

export interface Demonstration {
  id: string;
  result: unknown;
}

const FINISHED_WITHIN_MS = 30_000;
const LOST = ['dead', 'cancelled', 'expired'];

/** Submits one job over REST, as any client would, and waits until a worker has run it. */
export async function demonstrate(api: string, token: string): Promise<Demonstration> {
  const submitted = await call(`${api}/v1/jobs`, token, DEMONSTRATION_JOB);
  const id = String(submitted['id']);
  const deadline = Date.now() + FINISHED_WITHIN_MS;
  while (Date.now() < deadline) {
    const job = await call(`${api}/v1/jobs/${id}`, token);
    const state = String(job['state']);
    if (state === 'succeeded') return { id, result: job['result'] };
    if (LOST.includes(state))
      throw new Problem(`The demonstration job ended ${state}: ${JSON.stringify(job['error'])}`);
    await pause(20);
  }
  throw new Problem(
    `The demonstration job ${id} has not finished within ${FINISHED_WITHIN_MS / 1000} s: see the worker's log.`,
  );
}

async function call(url: string, token: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Problem(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

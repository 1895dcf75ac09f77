import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../e2e/harness/client.ts';

export interface LoadOptions {
  readonly seconds: number;
  /** Jobs a second. */
  readonly rate: number;
}

export interface Submitted {
  readonly accepted: readonly string[];
  /** Submissions that were answered otherwise, or not at all: how many for which reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** How long each submission that was accepted took, in milliseconds from when it was due to be sent. */
  readonly took: readonly number[];
}

const TICK_MS = 20;
const BATCH = 20;
/** Of a hundred jobs so many come alone, as many alone with an Idempotency-Key, and the others in batches. */
const LONE_PERCENT = 5;

/** Submits at an even rate whatever becomes of what was submitted before: nobody waits for anybody. */
export async function submitAtRate(client: Client, { seconds, rate }: LoadOptions): Promise<Submitted> {
  const accepted: string[] = [];
  const took: number[] = [];
  const refused: Record<string, number> = {};
  const send = async (due: number, submit: () => Promise<readonly string[]>): Promise<void> => {
    try {
      accepted.push(...(await submit()));
      took.push(performance.now() - due);
    } catch (error) {
      const reason = reasonOf(error);
      refused[reason] = (refused[reason] ?? 0) + 1;
    }
  };
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  const owed = { lone: 0, keyed: 0, batches: 0 };
  for (let tick = 1; tick * TICK_MS <= seconds * 1_000; tick++) {
    const jobs = (rate * TICK_MS) / 1_000;
    owed.lone += (jobs * LONE_PERCENT) / 100;
    owed.keyed += (jobs * LONE_PERCENT) / 100;
    owed.batches += (jobs * (100 - 2 * LONE_PERCENT)) / 100 / BATCH;
    const due = performance.now();
    for (; owed.lone >= 1; owed.lone--) calls.push(send(due, () => alone(client)));
    for (; owed.keyed >= 1; owed.keyed--) calls.push(send(due, () => alone(client, randomUUID())));
    for (; owed.batches >= 1; owed.batches--) calls.push(send(due, () => client.submitBatch(batch())));
    await pause(Math.max(0, startedAt + tick * TICK_MS - performance.now()));
  }
  await Promise.all(calls);
  return { accepted, refused, took };
}

async function alone(client: Client, key?: string): Promise<readonly string[]> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const { status, body } = await client.call<{ id: string }>('POST', '/v1/jobs', { type: 'echo' }, { headers });
  if (status !== 201) throw new Error(String(status));
  return [body.id];
}

/** A status, or what the network said. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return /\d{3}/.exec(message)?.[0] ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
}

function batch(): object[] {
  return Array.from({ length: BATCH }, () => ({ type: 'echo' }));
}

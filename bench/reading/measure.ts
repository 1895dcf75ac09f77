import { percentile } from '../statistics.ts';
import type { Read } from './reads.ts';
import type { System } from './system.ts';

export interface Figures {
  readonly read: Read;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** How many things the last answer listed; undefined: it is no list. */
  readonly items: number | undefined;
}

/** What no read may take at 99 %. */
export const LIMIT_MS = 50;
/** So often everything is asked before anything is measured: a process that has just started is slow at first. */
const WARM_UPS = 4;

export function isSlow({ p99Ms }: Figures): boolean {
  return p99Ms > LIMIT_MS;
}

/** Each read so often, one after the other, as a single caller would. */
export async function measure(
  system: System,
  reads: readonly Read[],
  rounds: number,
  tell: (line: string) => void,
): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (let round = 0; round < WARM_UPS; round++) for (const read of reads) await ask(system, read, round);
  for (const read of reads) {
    const took: number[] = [];
    let items: number | undefined;
    for (let round = 0; round < rounds; round++) {
      const sentAt = performance.now();
      items = await ask(system, read, round);
      took.push(performance.now() - sentAt);
    }
    const [p50Ms, p99Ms, worstMs] = [0.5, 0.99, 1].map((share) => percentile(took, share)) as [number, number, number];
    tell(`${p50Ms.toFixed(1)} ms, 99 % ${p99Ms.toFixed(1)} ms: ${read.name}`);
    figures.push({ read, p50Ms, p99Ms, worstMs, items });
  }
  return figures;
}

/** @returns how many things were listed, if any could be */
export async function ask(system: System, read: Read, round: number): Promise<number | undefined> {
  const authorization = (await system.client(read.tenant)).authorization;
  const gone = new AbortController();
  const answer = await fetch(`${system.url}${read.path(round)}`, {
    headers: { ...read.headers?.(round), ...authorization },
    signal: gone.signal,
  });
  if (answer.status !== 200) throw new Error(`${read.path(round)}: ${answer.status} ${await answer.text()}`);
  if (read.isStream) {
    await firstEventOf(answer);
    gone.abort();
    return undefined;
  }
  return ((await answer.json()) as { items?: unknown[] }).items?.length;
}

async function firstEventOf({ body }: Response): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.includes('data:')) return;
  }
  throw new Error('the stream ended without an event');
}

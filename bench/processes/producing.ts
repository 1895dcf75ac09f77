import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from './clock.ts';
import type { Payload } from './observer.ts';
import { serve } from './serve.ts';

/** How one contender takes jobs in. */
export interface Intake {
  /** Forgets all jobs and makes ready for new ones. */
  reset(): Promise<void>;
  addBulk(payloads: readonly Payload[]): Promise<void>;
  addOne(payload: Payload): Promise<void>;
  /** @param due epoch milliseconds */
  addAt(payload: Payload, due: number): Promise<void>;
  /** Waits for what an acknowledged job still has to go through. */
  finish?(): Promise<void>;
  /** Lets the store do at once what it would do by itself within a minute, such as to look at its table again. */
  settle?(): Promise<void>;
  /** Jobs that are not finished, durably. */
  remaining(): Promise<number>;
}

export const BATCH = 1_000;
const SALUTE = 'hello world';

/** Serves the intake of a contender, with the very same loops around it for each. */
export function serveProducer(intake: Intake): void {
  serve({
    reset: () => intake.reset(),
    settle: () => intake.settle?.(),
    remaining: () => intake.remaining(),
    bulk: (jobs: number, inFlight: number) => bulk(intake, jobs, inFlight),
    steadily: (jobs: number, perSecond: number) => steadily(intake, jobs, perSecond),
    delayed: (jobs: number, fromMs: number, toMs: number) => delayed(intake, jobs, fromMs, toMs),
  });
}

/** @returns the seconds that it took, until the last batch was acknowledged and done with */
async function bulk(intake: Intake, jobs: number, inFlight: number): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < jobs) {
      const first = next;
      next += BATCH;
      const size = Math.min(BATCH, jobs - first);
      await intake.addBulk(Array.from({ length: size }, (_, k) => ({ i: first + k, s: SALUTE })));
    }
  };
  const startedAt = monotonicMs();
  await Promise.all(Array.from({ length: inFlight }, lane));
  await intake.finish?.();
  return (monotonicMs() - startedAt) / 1_000;
}

/** One by one at a steady pace, whether or not the one before was acknowledged. */
async function steadily(intake: Intake, jobs: number, perSecond: number): Promise<void> {
  const startedAt = monotonicMs();
  const acknowledged: Promise<void>[] = [];
  for (let i = 0; i < jobs; i++) {
    const wait = startedAt + (i * 1_000) / perSecond - monotonicMs();
    if (wait > 0) await pause(wait);
    acknowledged.push(intake.addOne({ i, s: SALUTE, t: monotonicMs() }));
  }
  await Promise.all(acknowledged);
}

/** Jobs due at whole milliseconds spread evenly over the span, submitted in no particular order. */
async function delayed(intake: Intake, jobs: number, fromMs: number, toMs: number): Promise<void> {
  const base = Date.now();
  const step = 7_919; // a prime: neighbours are submitted far from each other
  for (let i = 0; i < jobs; i += 50) {
    const group = Array.from({ length: Math.min(50, jobs - i) }, (_, k) => i + k);
    await Promise.all(
      group.map((n) => {
        const due = base + Math.floor(fromMs + (((n * step) % jobs) * (toMs - fromMs)) / jobs);
        return intake.addAt({ i: n, s: SALUTE, due }, due);
      }),
    );
  }
}

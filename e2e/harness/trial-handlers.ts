import { appendFileSync, existsSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import type { JobContext } from '../../apps/worker/src/handling/job-context.ts';

/**
 * Loaded before a worker's own program (node --import): adds job types that no product would have, to see what the worker
 * does about them.
 */
/** Ends the process that runs it, in the given way. */
class CrashHandler {
  handle({ how }: { how: 'abort' | 'exit' | 'memory' | 'throw' }): Promise<never> {
    if (how === 'abort') process.abort();
    if (how === 'exit') process.exit(0);
    if (how === 'throw') setImmediate(() => neverCaught());
    const hoard: number[][] = [];
    while (how === 'memory') hoard.push(Array.from({ length: 1_000_000 }, (_, n) => n + hoard.length));
    return new Promise<never>(() => undefined);
  }
}

/** Keeps the event loop from turning for so many milliseconds. */
class BlockHandler {
  handle({ milliseconds }: { milliseconds: number }): void {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  }
}

interface Recording {
  /** A file to which it says what it does. */
  readonly ledger: string;
  /** What its effect has in common with those of other jobs. */
  readonly key: string;
  /** The effect takes until this file is there. */
  readonly until?: string;
}

/** Does a step, and then an effect that it shares with other jobs. */
class RecordHandler {
  async handle({ ledger, key, until }: Recording, { id, step, once }: JobContext): Promise<unknown> {
    const does = (what: string): void => appendFileSync(ledger, `${id} ${what}\n`);
    await step('step', () => does('step'));
    return once(key, async () => {
      does('effect');
      while (until !== undefined && !existsSync(until)) await pause(50);
      return { by: id };
    });
  }
}

/** Asks for all that a handler can ask for: the first time to be called again, the second time the rest. */
class AskHandler {
  async handle({ victim, invalid }: { victim?: string; invalid?: boolean }, context: JobContext): Promise<unknown> {
    context.log(`${context.fence === 1 ? 'first' : 'second'} call`);
    if (invalid) {
      context.enqueue({ type: 'echo', tags: ['of-the-invalid'] });
      context.enqueue({ type: 'echo', priority: -1 });
    }
    if (context.fence === 1) context.snooze('100ms');
    const child = context.enqueue({ type: 'echo', payload: { of: context.id } });
    const cancelled = await context.cancel(victim ?? '');
    context.progress({ asked: 'all' });
    return { child, cancelled };
  }
}

/** Tells when it was called, in milliseconds since 1970. */
class ClockHandler {
  handle(): { at: number } {
    return { at: Date.now() };
  }
}

/** Calls somebody twice, as handlers do that know nothing of traces. */
class CallHandler {
  async handle({ url }: { url: string }): Promise<void> {
    await (await fetch(`${url}/fetch`)).text();
    await new Promise((resolve, reject) => {
      get(`${url}/http`, (answer) => answer.resume().on('end', resolve)).on('error', reject);
    });
  }
}

/** Adds jobs to its own workflow, each with a number, and says no more. */
class SplitHandler {
  async handle({ parts }: { parts: number }, { addJobs }: JobContext): Promise<void> {
    const jobs = Array.from({ length: parts }, (_, n) => [`part-${n}`, { type: 'echo', payload: { n } }]);
    await addJobs(Object.fromEntries(jobs) as Parameters<JobContext['addJobs']>[0]);
  }
}

/** Adds up what the jobs before it returned. */
class SumHandler {
  async handle(_: unknown, { dependencies }: JobContext): Promise<{ sum: number; names: number }> {
    let sum = 0;
    const names = new Set<string | undefined>();
    for await (const { name, result } of dependencies()) {
      names.add(name);
      sum += (result as { n?: number } | undefined)?.n ?? 0;
    }
    return { sum, names: names.size };
  }
}

function neverCaught(): never {
  throw new Error('thrown where nobody catches it');
}

const TRIALS = {
  'trial.crash': CrashHandler,
  'trial.block': BlockHandler,
  'trial.record': RecordHandler,
  'trial.clock': ClockHandler,
  'trial.call': CallHandler,
  'trial.split': SplitHandler,
  'trial.sum': SumHandler,
  'trial.ask': AskHandler,
};
if (isMainThread) await addHandlers(); // threads run preloaded modules, too

async function addHandlers(): Promise<void> {
  const dist = path.resolve(import.meta.dirname, '../../apps/worker/dist');
  const { HandlersModule } = (await import(
    `${dist}/handlers/handlers.module.js`
  )) as typeof import('../../apps/worker/src/handlers/handlers.module.ts');
  const { JobHandler } = (await import(
    `${dist}/handling/job-handler.decorator.js`
  )) as typeof import('../../apps/worker/src/handling/job-handler.decorator.ts');
  for (const [type, handler] of Object.entries(TRIALS)) JobHandler(type)(handler);
  const providers = Reflect.getMetadata('providers', HandlersModule) as unknown[];
  Reflect.defineMetadata('providers', [...providers, ...Object.values(TRIALS)], HandlersModule);
}

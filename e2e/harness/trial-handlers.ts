import path from 'node:path';
import { isMainThread } from 'node:worker_threads';

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

function neverCaught(): never {
  throw new Error('thrown where nobody catches it');
}

const TRIALS = { 'trial.crash': CrashHandler, 'trial.block': BlockHandler };
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

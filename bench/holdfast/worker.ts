import 'reflect-metadata';
import { serveConsumer } from '../processes/consuming.ts';
import { handle, type Payload } from '../processes/observer.ts';

/**
 * The real worker program with one handler more, the no-op that every contender runs, and a gate before its consumer, so
 * that two workers begin at the same moment. Nothing else of it is changed: the rest is apps/worker/dist/main.js.
 */
const { HandlersModule } = (await built(
  'handlers/handlers.module.js',
)) as typeof import('../../apps/worker/src/handlers/handlers.module.ts');
const { JobHandler } = (await built(
  'handling/job-handler.decorator.js',
)) as typeof import('../../apps/worker/src/handling/job-handler.decorator.ts');
const { Consumer } = (await built('running/consumer.js')) as typeof import('../../apps/worker/src/running/consumer.ts');

class NoopHandler {
  handle(payload: unknown): void {
    handle(payload as Payload);
  }
}
JobHandler('noop')(NoopHandler);
const providers = (Reflect.getMetadata('providers', HandlersModule) ?? []) as unknown[];
Reflect.defineMetadata('providers', [...providers, NoopHandler], HandlersModule);

let open: () => void = () => undefined;
const gate = new Promise<void>((resolve) => (open = resolve));
const begin = Object.getOwnPropertyDescriptor(Consumer.prototype, 'start')?.value as (this: unknown) => void;
Consumer.prototype.start = function start(): void {
  void gate.then(() => begin.call(this));
};

let ready: () => void = () => undefined;
const started = new Promise<void>((resolve) => (ready = resolve));
serveConsumer({ open: () => started, go: () => open() });
await built('main.js');
ready();

function built(file: string): Promise<unknown> {
  return import(new URL(`../../apps/worker/dist/${file}`, import.meta.url).href);
}

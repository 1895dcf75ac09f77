import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { NestFactory } from '@nestjs/core';
import { StopRequest } from '../running/attempt.ts';
import { HandlerCaller } from '../running/handler-caller.ts';
import { workerConfiguration } from '../worker.configuration.ts';
import { WorkerModule } from '../worker.module.ts';
import type { Order, Report } from './messages.ts';

/**
 * A process in which a worker has handlers called that may end it. It decides nothing, and ends when its worker does.
 */
const DATABASE_CONNECTIONS = 2;

process.on('disconnect', () => process.exit());
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined); // the worker got it, too
new Worker(new URL('./orphan-watch.js', import.meta.url));
// When memory runs out on the machine, this process is the one to go; systems without the file have no such choice.
await writeFile('/proc/self/oom_score_adj', '1000').catch(() => undefined);

const app = await NestFactory.createApplicationContext(
  WorkerModule.with({ ...workerConfiguration(), databaseConnections: DATABASE_CONNECTIONS }),
  { logger: ['warn', 'error', 'fatal'], abortOnError: false },
);
const caller = app.get(HandlerCaller);
const calls = new Map<number, AbortController>();

process.on('message', (order: Order) => {
  if (order.kind === 'call') void call(order);
  else calls.get(order.call)?.abort(new StopRequest(order.reason));
});
report({ kind: 'ready' });

async function call({ call: number, job, workerId }: Extract<Order, { kind: 'call' }>): Promise<void> {
  const stop = new AbortController();
  calls.set(number, stop);
  const ending = await caller.call({ job, workerId, stop });
  calls.delete(number);
  report({ kind: 'ended', call: number, ending });
}

function report(message: Report): void {
  process.send?.(message);
}

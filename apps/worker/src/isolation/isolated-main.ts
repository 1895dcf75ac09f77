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
 * A process in which a worker has handlers called that may end it. It takes one order at a time, decides nothing, and
 * ends when its worker does.
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
let stop = new AbortController();

process.on('message', (order: Order) => {
  if (order.kind === 'stop') {
    stop.abort(new StopRequest(order.reason));
    return;
  }
  stop = new AbortController();
  void caller.call({ job: order.job, workerId: order.workerId, stop }).then(report);
});
report({ kind: 'ready' });

function report(message: Report): void {
  process.send?.(message);
}

import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { ConfigurationError } from '../configuration/configuration.ts';
import { Lifecycle } from './lifecycle.ts';

export interface ProgramOptions {
  readonly name: string;
  /** Evaluated first, so that a bad environment is told before anything is built. */
  readonly port: () => number;
  /** Built from the configuration, so only once that is known to be good. */
  readonly module: () => Type | DynamicModule;
  readonly adapter?: () => FastifyAdapter;
  /** Before the port opens. */
  readonly prepare?: (app: NestFastifyApplication) => Promise<void> | void;
  /** After the port opened. */
  readonly start?: (app: NestFastifyApplication) => Promise<void> | void;
  /** On SIGTERM or SIGINT, before the port closes: stop taking work, finish what is in hand. */
  readonly drain?: (app: NestFastifyApplication) => Promise<void>;
  /** After the port closed: let go of the servers. */
  readonly release?: (app: NestFastifyApplication) => Promise<void>;
}

/** Runs a program from its first check to its exit code: 0 after a clean stop, 1 with one sentence otherwise. */
export async function runProgram(options: ProgramOptions): Promise<void> {
  try {
    const port = options.port();
    const app = await NestFactory.create<NestFastifyApplication>(
      options.module(),
      options.adapter?.() ?? new FastifyAdapter(),
      { bufferLogs: true, abortOnError: false },
    );
    const logger = app.get(Logger);
    app.useLogger(logger);
    const lifecycle = app.get(Lifecycle);
    stopOnSignal(app, lifecycle, options);
    await options.prepare?.(app);
    await app.listen(port, '0.0.0.0');
    await options.start?.(app);
    lifecycle.becomeReady();
    logger.log({ msg: 'ready', url: await app.getUrl() });
  } catch (error) {
    process.stderr.write(`${options.name}: ${sentenceOf(error)}\n`);
    process.exit(1);
  }
}

/** The second signal ends the program at once: whatever it held is recovered like after a crash. */
function stopOnSignal(app: NestFastifyApplication, lifecycle: Lifecycle, options: ProgramOptions): void {
  const stop = (signal: string): void => {
    if (lifecycle.phase === 'draining') process.exit(1);
    lifecycle.startDraining();
    app.get(Logger).log({ msg: 'stopping', signal });
    shutDown(app, options).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${options.name}: ${sentenceOf(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function shutDown(app: NestFastifyApplication, options: ProgramOptions): Promise<void> {
  await options.drain?.(app);
  await app.close();
  await options.release?.(app);
}

function sentenceOf(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${String(error.port)} is in use. Stop what listens there, or choose another port.`;
  }
  return error.message === '' ? (error.stack ?? error.name) : error.message;
}

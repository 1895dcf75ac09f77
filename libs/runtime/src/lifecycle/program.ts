import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { Lifecycle } from './lifecycle.ts';

export interface ProgramOptions<Configuration> {
  readonly name: string;
  /** Read first, so that a bad environment is told before anything is built. */
  readonly configure: () => Configuration | Promise<Configuration>;
  readonly module: (configuration: Configuration) => DynamicModule;
  readonly port: (configuration: Configuration) => number;
  readonly host: (configuration: Configuration) => string;
  readonly adapter?: (configuration: Configuration) => FastifyAdapter;
  /** Before the port opens. */
  readonly prepare?: (app: NestFastifyApplication, configuration: Configuration) => Promise<void> | void;
  /** After the port opened. */
  readonly start?: (app: NestFastifyApplication) => Promise<void> | void;
  /** On SIGTERM or SIGINT, before the port closes: take no more work, finish what is in hand. */
  readonly drain?: (app: NestFastifyApplication, configuration: Configuration) => Promise<void>;
}

/** Runs a program from its first check to its exit code: 0 after a clean stop, 1 with one sentence otherwise. */
export async function runProgram<Configuration>(options: ProgramOptions<Configuration>): Promise<void> {
  try {
    const configuration = await options.configure();
    const app = await NestFactory.create<NestFastifyApplication>(
      options.module(configuration),
      options.adapter?.(configuration) ?? new FastifyAdapter(),
      { logger: ['warn', 'error', 'fatal'], abortOnError: false },
    );
    stopOnSignal(app, () => shutDown(app, options, configuration), options.name);
    await options.prepare?.(app, configuration);
    await app.init();
    app.useLogger(app.get(Logger)); // from here on: what Nest says of its own wiring is of no use to an operator
    await app.listen(options.port(configuration), options.host(configuration));
    await options.start?.(app);
    app.get(Lifecycle).becomeReady();
    app.get(Logger).log({ msg: 'ready', url: await app.getUrl() });
  } catch (error) {
    exitWith(options.name, error);
  }
}

/** The second signal ends the program at once: whatever it held is recovered like after a crash. */
function stopOnSignal(app: NestFastifyApplication, shutDown: () => Promise<void>, name: string): void {
  const lifecycle = app.get(Lifecycle);
  const stop = (signal: string): void => {
    if (lifecycle.phase === 'draining') process.exit(1);
    lifecycle.startDraining();
    app.get(Logger).log({ msg: 'stopping', signal });
    shutDown().then(
      () => process.exit(0),
      (error: unknown) => exitWith(name, error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function shutDown<Configuration>(
  app: NestFastifyApplication,
  options: ProgramOptions<Configuration>,
  configuration: Configuration,
): Promise<void> {
  await options.drain?.(app, configuration);
  await app.close();
}

function exitWith(name: string, error: unknown): never {
  process.stderr.write(`${name}: ${sentenceOf(error)}\n`);
  process.exit(1);
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${String(error.port)} is in use. Stop what listens there, or choose another port.`;
  }
  return error.message === '' ? (error.stack ?? error.name) : error.message;
}

import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { Lifecycle } from './lifecycle.ts';
import { endsWithin } from './patience.ts';
import { aborted, type StopSignals } from './stop-signals.ts';

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
  /** Before the port closes: take no more work, finish what is in hand; once `hurry` is aborted, let others do so. */
  readonly drain?: (app: NestFastifyApplication, configuration: Configuration, hurry: AbortSignal) => Promise<unknown>;
}

/** A start that is under way is waited for, so that it can be undone, unless a server hangs: then nothing is in hand yet. */
const START_MS = 5_000;

/**
 * Runs a program from its first check to its exit code: 0 after a clean stop, 1 with one sentence otherwise. Resolves when
 * it has started.
 */
export async function runProgram<Configuration>(
  options: ProgramOptions<Configuration>,
  signals: StopSignals,
): Promise<void> {
  try {
    const configuration = await options.configure();
    const starting = start(options, configuration, signals.stop);
    await Promise.race([starting, aborted(signals.stop)]);
    const app = (await endsWithin(START_MS, starting)) ? await starting : undefined;
    if (!app) process.exit(0);
    stopWhenTold(app, options, configuration, signals).then(
      () => process.exit(0),
      (error: unknown) => exitWith(options.name, error),
    );
  } catch (error) {
    exitWith(options.name, error);
  }
}

/** @returns undefined if it was told to stop before its port was open, so that there is nothing to undo */
async function start<Configuration>(
  options: ProgramOptions<Configuration>,
  configuration: Configuration,
  stop: AbortSignal,
): Promise<NestFastifyApplication | undefined> {
  const app = await NestFactory.create<NestFastifyApplication>(
    options.module(configuration),
    options.adapter?.(configuration) ?? new FastifyAdapter(),
    { logger: ['warn', 'error', 'fatal'], abortOnError: false },
  );
  await options.prepare?.(app, configuration);
  await app.init();
  app.useLogger(app.get(Logger)); // from here on: what Nest says of its own wiring is of no use to an operator
  if (stop.aborted) return undefined;
  await app.listen(options.port(configuration), options.host(configuration));
  await options.start?.(app);
  app.get(Lifecycle).becomeReady();
  app.get(Logger).log({ msg: 'ready', url: await app.getUrl() });
  return app;
}

async function stopWhenTold<Configuration>(
  app: NestFastifyApplication,
  options: ProgramOptions<Configuration>,
  configuration: Configuration,
  { stop, hurry }: StopSignals,
): Promise<void> {
  const logger = app.get(Logger);
  await aborted(stop);
  app.get(Lifecycle).startDraining();
  logger.log({ msg: 'stopping', signal: String(stop.reason) });
  void aborted(hurry).then(() => logger.log({ msg: 'hurrying', signal: String(hurry.reason) }));
  await options.drain?.(app, configuration, hurry);
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

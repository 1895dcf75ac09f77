import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { destination, pino, type Logger, type LoggerOptions } from 'pino';
import { withoutSecrets } from './secrets.ts';

/** JSON lines; readable ones in a terminal. Payloads and tokens do not get this far; should one, it is masked. */
export function loggingModule(program: string, level: string): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      ...lineOptions(program, level),
      autoLogging: false,
      quietReqLogger: true,
      ...(process.stdout.isTTY ? { transport: { target: 'pino-pretty', options: { singleLine: true } } } : {}),
    },
  });
}

/** For a thread: writes the same lines by itself, since what a thread prints else waits for the main thread. */
export function directLogger(program: string, level: string): Logger {
  return pino(lineOptions(program, level), destination({ fd: 1, sync: true }));
}

function lineOptions(program: string, level: string): LoggerOptions {
  return {
    level,
    base: { program, pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label) => ({ level: label }),
      log: (line) => withoutSecrets(line) as Record<string, unknown>,
    },
  };
}

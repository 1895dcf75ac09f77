import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { lineOptions } from './direct-logger.ts';

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

import { destination, pino, type Logger, type LoggerOptions } from 'pino';
import { withoutSecrets } from './secrets.ts';

/** For a thread: writes the same lines by itself, since what a thread prints else waits for the main thread. */
export function directLogger(program: string, level: string): Logger {
  return pino(lineOptions(program, level), destination({ fd: 1, sync: true }));
}

/** How every line of Holdfast looks. */
export function lineOptions(program: string, level: string): LoggerOptions {
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

import { afterEach, describe, expect, it } from '@jest/globals';
import { PinoLogger } from 'nestjs-pino';
import { pino, type Logger } from 'pino';
import { LevelSwitch } from './level-switch.ts';

describe('SIGUSR2', () => {
  let levels: LevelSwitch | undefined;

  afterEach(() => levels?.onApplicationShutdown());

  it('makes a program talkative, and as quiet as before when it comes again', () => {
    (PinoLogger as { root: Logger }).root = pino({ level: 'warn' }); // as the logging module does at a start
    levels = new LevelSwitch('warn');
    levels.onModuleInit();
    const signal = (): string => {
      process.emit('SIGUSR2'); // a real one would not reach the process object that tests are given
      return PinoLogger.root.level;
    };
    expect(signal()).toBe('debug');
    expect(signal()).toBe('warn');
  });
});

import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';

export const LOG_LEVEL = Symbol('the configured log level');

/** SIGUSR2 makes a program tell every job's journey, and be as quiet as it was configured when it comes again. */
@Injectable()
export class LevelSwitch implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(LOG_LEVEL) private readonly configured: string) {}

  onModuleInit(): void {
    process.on('SIGUSR2', this.toggle);
  }

  onApplicationShutdown(): void {
    process.off('SIGUSR2', this.toggle);
  }

  private readonly toggle = (): void => {
    const { root } = PinoLogger;
    root.level = root.level === 'debug' && this.configured !== 'debug' ? this.configured : 'debug';
    root.info({ logLevel: root.level }, 'log level changed');
  };
}

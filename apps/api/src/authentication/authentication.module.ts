import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { TokenConfiguration } from '../api.configuration.ts';
import { AuthenticationGuard } from './authentication.guard.ts';
import { TokenVerifier } from './token-verifier.ts';

@Module({})
export class AuthenticationModule {
  static withKeys(configuration: TokenConfiguration): DynamicModule {
    return {
      module: AuthenticationModule,
      providers: [
        { provide: TokenVerifier, useFactory: () => new TokenVerifier(configuration) },
        { provide: APP_GUARD, useClass: AuthenticationGuard },
      ],
    };
  }
}

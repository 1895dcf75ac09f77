import { SharedCounts } from '@holdfast/queue';
import { Module, type DynamicModule } from '@nestjs/common';
import type { TokenConfiguration } from '../api.configuration.ts';
import { RequestRates, type RateConfiguration } from '../rates/request-rates.ts';
import { TokenVerifier } from './token-verifier.ts';

@Module({})
export class AuthenticationModule {
  static with(tokens: TokenConfiguration, rates: RateConfiguration): DynamicModule {
    return {
      module: AuthenticationModule,
      providers: [
        { provide: TokenVerifier, useFactory: () => new TokenVerifier(tokens) },
        {
          provide: RequestRates,
          useFactory: (counts: SharedCounts) => new RequestRates(rates, counts),
          inject: [SharedCounts],
        },
      ],
      exports: [TokenVerifier, RequestRates],
    };
  }
}

import { SharedCounts } from '@holdfast/queue';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Principal } from '../authentication/principal.ts';
import { Problem } from '../http/problem.ts';
import { RateLimiter, type Standing } from './rate-limiter.ts';

export interface RateConfiguration {
  /** Requests a minute with tokens of one subject of one tenant; 0 is no limit. */
  readonly perToken: number;
  /** Requests a minute without a good token from one address. */
  readonly wrongTokens: number;
}

const WINDOW_MS = 60_000;
const SHARE_EVERY_MS = 250;

/** Who may ask how often. */
@Injectable()
export class RequestRates implements OnApplicationShutdown {
  private readonly tokens: RateLimiter;
  private readonly strangers: RateLimiter;
  private readonly sharing: NodeJS.Timeout;

  constructor({ perToken, wrongTokens }: RateConfiguration, counts: SharedCounts) {
    this.tokens = new RateLimiter({ limit: perToken, windowMs: WINDOW_MS }, counts);
    this.strangers = new RateLimiter({ limit: wrongTokens, windowMs: WINDOW_MS });
    this.sharing = setInterval(() => void this.tokens.share(), SHARE_EVERY_MS).unref();
  }

  /**
   * @returns headers that say how the token stands
   * @throws Problem if it asked too often
   */
  admit({ tenant, subject }: Principal): Record<string, string> {
    const standing = this.tokens.count(`${tenant}\n${subject}`);
    if (standing.exceeded) throw tooMany('This token has asked too often.', standing);
    return standing.limit === 0 ? {} : headersOf(standing);
  }

  /** @returns what to answer instead of 401, if this address tried too many wrong tokens. Good ones it may still use. */
  refusalOf(address: string): Problem | undefined {
    const standing = this.strangers.count(address);
    return standing.exceeded ? tooMany('Too many wrong tokens came from this address.', standing) : undefined;
  }

  onApplicationShutdown(): void {
    clearInterval(this.sharing);
  }
}

function tooMany(detail: string, standing: Standing): Problem {
  const headers = { 'retry-after': seconds(standing), ...headersOf(standing) };
  return new Problem('too-many-requests', `${detail} Come back after ${seconds(standing)} s.`, { headers });
}

function headersOf(standing: Standing): Record<string, string> {
  return {
    'ratelimit-limit': String(standing.limit),
    'ratelimit-remaining': String(standing.remaining),
    'ratelimit-reset': seconds(standing),
  };
}

function seconds({ resetMs }: Standing): string {
  return String(Math.max(1, Math.ceil(resetMs / 1000)));
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Header, Headers, Inject, UnauthorizedException } from '@nestjs/common';
import { Metrics } from './metrics.ts';

/** Of whoever scrapes; undefined: nobody needs one. */
export const METRICS_TOKEN = Symbol('METRICS_TOKEN');

/** What Prometheus scrapes. It names queues and types of jobs, never tenants, and nothing of any job. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(METRICS_TOKEN) private readonly token: string | undefined,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('cache-control', 'no-store')
  read(@Headers('authorization') authorization = ''): Promise<string> {
    if (this.token !== undefined && !isSame(authorization, `Bearer ${this.token}`)) throw new UnauthorizedException();
    return this.metrics.text();
  }
}

/** Takes as long whatever of it is wrong. */
function isSame(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

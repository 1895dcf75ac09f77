import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import { Lifecycle } from '../lifecycle/lifecycle.ts';

/**
 * Probes. None asks MySQL or Redis: a program that cannot reach them is healthy and says so elsewhere, and restarting
 * or unrouting all of them at once would only make an outage longer.
 */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get('live')
  @HealthCheck({ swaggerDocumentation: false })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @HealthCheck({ swaggerDocumentation: false })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.phaseIs(this.lifecycle.phase === 'ready')]);
  }

  @Get('startup')
  @HealthCheck({ swaggerDocumentation: false })
  startup(): Promise<HealthCheckResult> {
    return this.health.check([() => this.phaseIs(this.lifecycle.phase !== 'starting')]);
  }

  private phaseIs(expected: boolean) {
    const indicator = this.indicators.check('lifecycle');
    const details = { phase: this.lifecycle.phase };
    return expected ? indicator.up(details) : indicator.down(details);
  }
}

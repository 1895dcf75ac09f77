import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers } from '../documentation/answers.decorator.ts';
import { Statistics, StatisticsQuery, StatisticsView } from './statistics.ts';

@ApiTags('statistics')
@Controller('v1/stats')
export class StatisticsController {
  constructor(private readonly statistics: Statistics) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'getStatistics', summary: 'Totals and rates, over all queues or one' })
  @Answers({ schema: StatisticsView, description: 'How things stand' }, [400])
  read(@Tenant() tenant: string, @Query({ schema: StatisticsQuery }) query: StatisticsQuery): Promise<StatisticsView> {
    return this.statistics.read(tenant, query);
  }
}

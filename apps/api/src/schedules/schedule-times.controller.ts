import { StoreClock } from '@holdfast/persistence';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples, pageSchema } from '../documentation/answers.decorator.ts';
import type { Page } from '../http/page.ts';
import { refuseFaults } from '../http/problem.ts';
import { recurrenceOf, timingFaults, timingOf } from './definition.ts';
import { forecast, Forecast, ForecastQuery } from './forecast.ts';
import { OccurrenceReader } from './occurrence-reader.ts';
import { Occurrence, OccurrenceQuery, TickParameters } from './occurrence-view.ts';
import { SKETCH_EXAMPLES } from './schedule-examples.ts';
import { ScheduleReader } from './schedule-reader.ts';
import { Sketch } from './schedule.schema.ts';
import { ScheduleParameters } from './schedule-view.ts';
import { TickAnswer } from './tick-answer.ts';

/** Tells when schedules run, and what became of it when they should have. */
@ApiTags('schedules')
@Controller('v1/schedules')
export class ScheduleTimesController {
  constructor(
    private readonly schedules: ScheduleReader,
    private readonly occurrences: OccurrenceReader,
    private readonly clock: StoreClock,
  ) {}

  @Post('preview')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'previewSketch', summary: 'When a schedule would run that is not made yet' })
  @Examples(SKETCH_EXAMPLES)
  @Answers({ schema: Forecast, description: 'The next ticks, those that are odd marked' }, [400])
  sketch(@Body({ schema: Sketch }) sketch: Sketch): Forecast {
    const timing = timingOf(sketch);
    refuseFaults(timingFaults(timing));
    const now = this.clock.now();
    return forecast({ ...timing, recurrence: recurrenceOf(timing) }, now, sketch.from ?? now, sketch.limit);
  }

  @Get(':name/preview')
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'previewSchedule', summary: 'When it runs next, odd days marked' })
  @Answers({ schema: Forecast, description: 'The next ticks, as if it were not paused' }, [400, 404])
  async preview(
    @Tenant() tenant: string,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Query({ schema: ForecastQuery }) { from, limit }: ForecastQuery,
  ): Promise<Forecast> {
    const { definition, createdAt } = await this.schedules.read(tenant, name);
    return forecast(definition, createdAt, from ?? this.clock.now(), limit);
  }

  @Get(':name/occurrences')
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listOccurrences', summary: 'What became of its ticks, the newest first' })
  @Answers({ schema: pageSchema(Occurrence), description: 'Ticks and triggers' }, [400, 404])
  list(
    @Tenant() tenant: string,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Query({ schema: OccurrenceQuery }) query: OccurrenceQuery,
  ): Promise<Page<Occurrence>> {
    return this.occurrences.list(tenant, name, query);
  }

  @Get(':name/occurrences/:at')
  @Scoped('jobs:read')
  @ApiOperation({
    operationId: 'explainOccurrence',
    summary: 'Did the run of that time happen, and if not, why? The time as an instant, or as clocks there show it',
  })
  @Answers({ schema: TickAnswer, description: 'One answer, or two for a time that comes twice' }, [400, 404])
  explain(
    @Tenant() tenant: string,
    @Param({ schema: TickParameters }) { name, at }: TickParameters,
  ): Promise<TickAnswer> {
    return this.occurrences.explain(tenant, name, at);
  }
}

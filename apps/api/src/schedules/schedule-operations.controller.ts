import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller } from '../authentication/caller.decorator.ts';
import type { Principal } from '../authentication/principal.ts';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples } from '../documentation/answers.decorator.ts';
import { Condition, TakesIfMatch, type TagCondition } from '../http/entity-tags.ts';
import { JobReader } from '../jobs/job-reader.ts';
import { Job } from '../jobs/job-view.ts';
import { BACKFILL_EXAMPLES } from './schedule-examples.ts';
import { ScheduleKeeper } from './schedule-keeper.ts';
import { BackfillStep, ScheduleRunner } from './schedule-runner.ts';
import { BackfillRange } from './schedule.schema.ts';
import { Schedule, ScheduleParameters } from './schedule-view.ts';
import { taggedSchedule } from './tagged-schedule.ts';

/** Operates on one schedule. */
@ApiTags('schedules')
@Controller('v1/schedules/:name')
export class ScheduleOperationsController {
  constructor(
    private readonly keeper: ScheduleKeeper,
    private readonly runner: ScheduleRunner,
    private readonly jobs: JobReader,
  ) {}

  @Post('pause')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({
    operationId: 'pauseSchedule',
    summary: 'Start nothing more; what would have run is noted as skipped',
  })
  @TakesIfMatch()
  @Answers({ schema: Schedule, description: 'The schedule, paused', tagged: true }, [400, 404, 412])
  async pause(
    @Caller() caller: Principal,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Condition('If-Match') condition: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    return taggedSchedule(reply, await this.keeper.setPaused(caller, name, true, condition));
  }

  @Post('resume')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'resumeSchedule', summary: 'Run again from the next tick on' })
  @TakesIfMatch()
  @Answers({ schema: Schedule, description: 'The schedule, not paused', tagged: true }, [400, 404, 412])
  async resume(
    @Caller() caller: Principal,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Condition('If-Match') condition: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    return taggedSchedule(reply, await this.keeper.setPaused(caller, name, false, condition));
  }

  @Post('trigger')
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'triggerSchedule', summary: 'Run once now, whatever the time and whatever still runs' })
  @Answers({ status: 201, schema: Job, description: 'The job is durable.', location: true }, [400, 404])
  async trigger(
    @Tenant() tenant: string,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    const jobId = await this.runner.trigger(tenant, name);
    reply.header('location', `/v1/jobs/${jobId}`);
    return this.jobs.find(tenant, jobId);
  }

  @Post('backfill')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({
    operationId: 'backfillSchedule',
    summary: 'Run now what did not run in a past range, at most 250 ticks a call',
  })
  @Examples(BACKFILL_EXAMPLES)
  @Answers({ schema: BackfillStep, description: 'What runs now, and where to go on' }, [400, 404])
  backfill(
    @Tenant() tenant: string,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Body({ schema: BackfillRange }) range: BackfillRange,
  ): Promise<BackfillStep> {
    return this.runner.backfill(tenant, name, range);
  }
}

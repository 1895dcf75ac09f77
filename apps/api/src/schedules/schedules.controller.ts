import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller } from '../authentication/caller.decorator.ts';
import type { Principal } from '../authentication/principal.ts';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples, pageSchema, Problems } from '../documentation/answers.decorator.ts';
import { Condition, TakesIfMatch, type TagCondition } from '../http/entity-tags.ts';
import type { Page } from '../http/page.ts';
import { SCHEDULE_CHANGE_EXAMPLES, SCHEDULE_EXAMPLES } from './schedule-examples.ts';
import { ScheduleKeeper } from './schedule-keeper.ts';
import { ScheduleReader } from './schedule-reader.ts';
import { NewSchedule, ScheduleChanges } from './schedule.schema.ts';
import { Schedule, ScheduleParameters, ScheduleQuery } from './schedule-view.ts';
import { taggedSchedule } from './tagged-schedule.ts';

/** Keeps schedules. */
@ApiTags('schedules')
@Controller('v1/schedules')
export class SchedulesController {
  constructor(
    private readonly keeper: ScheduleKeeper,
    private readonly reader: ScheduleReader,
  ) {}

  @Post()
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'createSchedule', summary: 'Submit a job again and again, by cron or interval' })
  @Examples(SCHEDULE_EXAMPLES)
  @Answers({ status: 201, schema: Schedule, description: 'The schedule', location: true, tagged: true }, [400, 409])
  async create(
    @Caller() caller: Principal,
    @Body({ schema: NewSchedule }) schedule: NewSchedule,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    const record = await this.keeper.create(caller, schedule);
    reply.header('location', `/v1/schedules/${record.name}`);
    return taggedSchedule(reply, record);
  }

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listSchedules', summary: 'List schedules by name' })
  @Answers({ schema: pageSchema(Schedule), description: 'Schedules' }, [400])
  list(@Tenant() tenant: string, @Query({ schema: ScheduleQuery }) query: ScheduleQuery): Promise<Page<Schedule>> {
    return this.reader.list(tenant, query);
  }

  @Get(':name')
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'getSchedule', summary: 'One schedule, by its name or id' })
  @Answers({ schema: Schedule, description: 'The schedule', tagged: true }, [400, 404])
  async find(
    @Tenant() tenant: string,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    return taggedSchedule(reply, await this.reader.read(tenant, name));
  }

  @Patch(':name')
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'changeSchedule', summary: 'Change a schedule from its next tick on' })
  @TakesIfMatch()
  @Examples(SCHEDULE_CHANGE_EXAMPLES)
  @Answers({ schema: Schedule, description: 'The schedule, changed', tagged: true }, [400, 404, 412])
  async change(
    @Caller() caller: Principal,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Body({ schema: ScheduleChanges }) changes: ScheduleChanges,
    @Condition('If-Match') condition: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Schedule> {
    return taggedSchedule(reply, await this.keeper.change(caller, name, changes, condition));
  }

  @Delete(':name')
  @HttpCode(204)
  @Scoped('jobs:write')
  @ApiOperation({
    operationId: 'deleteSchedule',
    summary: 'Remove a schedule; the jobs that it made stay, but are no longer listed by its name',
  })
  @TakesIfMatch()
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @Problems([400, 404, 412])
  async remove(
    @Caller() caller: Principal,
    @Param({ schema: ScheduleParameters }) { name }: ScheduleParameters,
    @Condition('If-Match') condition: TagCondition | undefined,
  ): Promise<void> {
    await this.keeper.remove(caller, name, condition);
  }
}

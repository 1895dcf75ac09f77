import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller } from '../authentication/caller.decorator.ts';
import type { Principal } from '../authentication/principal.ts';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Answers } from '../documentation/answers.decorator.ts';
import { closing } from '../http/closing.ts';
import { EventQuery } from './event-query.schema.ts';
import { EventStreams } from './event-streams.ts';
import { EventView } from './event-view.ts';
import { LastEventId } from './last-event-id.decorator.ts';

const DESCRIPTION = `Server-sent events, as browsers and libraries read them. The schema is that of \`data\` of each \`event: transition\`;
\`event: reset\` says that something may be missing before it, by its \`data\`, \`{"reason":"expired"}\` (it is kept no more), \`unknown\` (no such id was ever given) or \`overtaken\`. Keep the \`id\` of the last event, and send it as
\`Last-Event-ID\` to go on after it. A comment comes every 15 seconds when nothing else does.`;

@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'streamEvents', summary: 'Follow what happens to jobs', description: DESCRIPTION })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event that was seen: the stream goes on after it',
    schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
  })
  @ApiProduces('text/event-stream')
  @Answers({ schema: EventView, description: 'What happens from now on, or after Last-Event-ID' }, [400, 409])
  async stream(
    @Caller() principal: Principal,
    @Query({ schema: EventQuery }) query: EventQuery,
    @LastEventId() last: number | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const lines = await this.streams.start(principal, query, last, closing(reply));
    reply.header('x-accel-buffering', 'no').header('cache-control', 'no-store, no-transform');
    return new StreamableFile(lines, { type: 'text/event-stream; charset=utf-8' });
  }
}

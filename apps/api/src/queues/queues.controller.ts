import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller } from '../authentication/caller.decorator.ts';
import type { Principal } from '../authentication/principal.ts';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples, pageSchema } from '../documentation/answers.decorator.ts';
import { toPage, type Page } from '../http/page.ts';
import { LIMIT_EXAMPLES, QueueChanges } from './queue-limits.schema.ts';
import { QueueOperator } from './queue-operator.ts';
import { QueueParameters, QueueQuery, QueueView } from './queue-view.ts';

@ApiTags('queues')
@Controller('v1/queues')
export class QueuesController {
  constructor(private readonly queues: QueueOperator) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listQueues', summary: 'List queues by name, with how many jobs are in which state' })
  @Answers(
    { schema: pageSchema(QueueView), description: 'The queues that ever had a job, are paused, or were ever limited' },
    [400],
  )
  async list(@Tenant() tenant: string, @Query({ schema: QueueQuery }) query: QueueQuery): Promise<Page<QueueView>> {
    const { limit, cursor = '' } = query;
    return toPage(
      await this.queues.list(tenant, cursor, limit + 1),
      limit,
      ({ name }) => name,
      (queue) => queue,
    );
  }

  @Get(':name')
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'getQueue', summary: 'Read a queue: its jobs by state, its pause and its limits' })
  @Answers({ schema: QueueView, description: 'The queue' }, [400, 404])
  read(@Tenant() tenant: string, @Param({ schema: QueueParameters }) { name }: QueueParameters): Promise<QueueView> {
    return this.queues.read(tenant, name);
  }

  @Post(':name/pause')
  @HttpCode(200)
  @Scoped('jobs:admin')
  @ApiOperation({ operationId: 'pauseQueue', summary: 'Start no more jobs of a queue; those that run go on' })
  @Answers({ schema: QueueView, description: 'The queue, paused' }, [400])
  pause(
    @Caller() caller: Principal,
    @Param({ schema: QueueParameters }) { name }: QueueParameters,
  ): Promise<QueueView> {
    return this.queues.pause(caller, name);
  }

  @Patch(':name')
  @Scoped('jobs:admin')
  @ApiOperation({
    operationId: 'changeQueue',
    summary: 'Limit how many jobs of a queue start, and share out their turns',
    description:
      'What is left out stays as it is, also within limits; null removes. Weights are replaced as a whole. It holds from the answer on; for a few seconds after it the jobs of the queue may come from MySQL, which /v1/system shows as index-down.',
  })
  @Examples(LIMIT_EXAMPLES)
  @Answers({ schema: QueueView, description: 'The queue, with its limits' }, [400])
  change(
    @Caller() caller: Principal,
    @Param({ schema: QueueParameters }) { name }: QueueParameters,
    @Body({ schema: QueueChanges }) changes: QueueChanges,
  ): Promise<QueueView> {
    return this.queues.change(caller, name, changes);
  }

  @Post(':name/resume')
  @HttpCode(200)
  @Scoped('jobs:admin')
  @ApiOperation({ operationId: 'resumeQueue', summary: 'Start jobs of a queue again' })
  @Answers({ schema: QueueView, description: 'The queue, not paused' }, [400])
  resume(
    @Caller() caller: Principal,
    @Param({ schema: QueueParameters }) { name }: QueueParameters,
  ): Promise<QueueView> {
    return this.queues.resume(caller, name);
  }
}

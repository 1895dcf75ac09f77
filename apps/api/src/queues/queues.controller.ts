import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, pageSchema } from '../documentation/answers.decorator.ts';
import { toPage, type Page } from '../http/page.ts';
import { Books } from '../statistics/books.ts';
import { QueueQuery, QueueView } from './queue-view.ts';

@ApiTags('queues')
@Controller('v1/queues')
export class QueuesController {
  constructor(private readonly books: Books) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listQueues', summary: 'List queues by name, with how many jobs are in which state' })
  @Answers({ schema: pageSchema(QueueView), description: 'The queues that ever had a job' }, [400])
  async list(@Tenant() tenant: string, @Query({ schema: QueueQuery }) query: QueueQuery): Promise<Page<QueueView>> {
    const { limit, cursor = '' } = query;
    const queues = (await this.books.byQueue(tenant)).filter(({ name }) => name > cursor);
    return toPage(
      queues.slice(0, limit + 1),
      limit,
      ({ name }) => name,
      (queue) => queue,
    );
  }
}

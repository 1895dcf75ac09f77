import { idField, strictObject } from '@holdfast/contract';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, pageSchema } from '../documentation/answers.decorator.ts';
import { cursorField, limitField, toPage, type Page } from '../http/page.ts';
import { WorkerReader, WorkerView } from './worker-reader.ts';

const WorkerQuery = strictObject({ limit: limitField, cursor: cursorField(idField) });
type WorkerQuery = z.output<typeof WorkerQuery>;

@ApiTags('workers')
@Controller('v1/workers')
export class WorkersController {
  constructor(private readonly reader: WorkerReader) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listWorkers', summary: 'List the workers that are alive' })
  @Answers({ schema: pageSchema(WorkerView), description: 'Workers whose lease holds' }, [400])
  async list(@Tenant() tenant: string, @Query({ schema: WorkerQuery }) query: WorkerQuery): Promise<Page<WorkerView>> {
    const { limit, cursor = '' } = query;
    const workers = (await this.reader.list(tenant)).filter(({ id }) => id > cursor);
    return toPage(
      workers,
      limit,
      ({ id }) => id,
      (worker) => worker,
    );
  }
}

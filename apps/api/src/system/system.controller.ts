import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers } from '../documentation/answers.decorator.ts';
import { SystemReader } from './system-reader.ts';
import { SystemView } from './system-view.ts';

@ApiTags('system')
@Controller('v1/system')
export class SystemController {
  constructor(private readonly reader: SystemReader) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'getSystem', summary: 'The mode, and how far the index of each queue can be trusted' })
  @Answers({ schema: SystemView, description: 'How the system stands' }, [])
  read(@Tenant() tenant: string): Promise<SystemView> {
    return this.reader.read(tenant);
  }
}

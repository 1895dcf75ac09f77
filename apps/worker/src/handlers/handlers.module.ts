import { Module } from '@nestjs/common';
import { EchoHandler } from './echo.handler.ts';
import { EmailSendHandler } from './email-send.handler.ts';
import { FailHandler } from './fail.handler.ts';
import { FlakyHandler } from './flaky.handler.ts';
import { HostResolver, SystemHostResolver } from './http/host-resolver.ts';
import { HttpRequestHandler } from './http-request.handler.ts';
import { SleepHandler } from './sleep.handler.ts';

/** The job types of this worker. Add your own here: each is a class with @JobHandler('its.type'). */
@Module({
  providers: [
    EchoHandler,
    EmailSendHandler,
    FailHandler,
    FlakyHandler,
    HttpRequestHandler,
    SleepHandler,
    { provide: HostResolver, useClass: SystemHostResolver },
  ],
})
export class HandlersModule {}

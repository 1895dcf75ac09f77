import { Module } from '@nestjs/common';
import { DiscardDeadLettersHandler } from './dead-letters/discard-dead-letters.handler.ts';
import { LetterWalk } from './dead-letters/letter-walk.ts';
import { RetryDeadLettersHandler } from './dead-letters/retry-dead-letters.handler.ts';
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
    DiscardDeadLettersHandler,
    EchoHandler,
    EmailSendHandler,
    FailHandler,
    FlakyHandler,
    HttpRequestHandler,
    LetterWalk,
    RetryDeadLettersHandler,
    SleepHandler,
    { provide: HostResolver, useClass: SystemHostResolver },
  ],
})
export class HandlersModule {}

import { Module } from '@nestjs/common';
import { EventFeed } from './event-feed.ts';
import { EventStreams } from './event-streams.ts';
import { EventsController } from './events.controller.ts';

@Module({ controllers: [EventsController], providers: [EventFeed, EventStreams] })
export class EventsModule {}

import type { ScheduleRecord } from '@holdfast/persistence';
import type { FastifyReply } from 'fastify';
import { scheduleTagOf, viewOfSchedule, type Schedule } from './schedule-view.ts';

/** Answers a schedule together with its ETag. */
export function taggedSchedule(reply: FastifyReply, record: ScheduleRecord): Schedule {
  reply.header('etag', scheduleTagOf(record));
  return viewOfSchedule(record);
}

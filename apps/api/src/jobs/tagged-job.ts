import type { FastifyReply } from 'fastify';
import { entityTagOf } from '../http/entity-tags.ts';
import type { Job } from './job-view.ts';

/** Answers a job together with its ETag. */
export function tagged(reply: FastifyReply, job: Job): Job {
  reply.header('etag', entityTagOf(job));
  return job;
}

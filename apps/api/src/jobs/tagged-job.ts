import type { FastifyReply } from 'fastify';
import { entityTagOf } from '../http/entity-tags.ts';
import type { Job } from './job-view.ts';

/** Answers a job together with its ETag. */
export function tagged(reply: FastifyReply, job: Job): Job {
  reply.header('etag', entityTagOf(job));
  return job;
}

/** A new job, as it was stored: reads show the same, except that they know how it stands with the jobs that it waits for. */
export function taggedNew(reply: FastifyReply, job: Job): Job {
  return job.dependsOn.length === 0 ? tagged(reply, job) : job;
}

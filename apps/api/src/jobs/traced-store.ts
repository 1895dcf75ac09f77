import type { NewJob } from '@holdfast/domain';
import type { Tracing } from '@holdfast/runtime';
import type { BatchStore } from './submission-batcher.ts';

/** Shows each insert, beside the requests that share it: it is linked to all of them and part of none. */
export function traced<Submission, Answer>(
  store: BatchStore<Submission, Answer>,
  jobsOf: (submission: Submission) => readonly NewJob[],
  tracing: Tracing,
): BatchStore<Submission, Answer> {
  if (!tracing.isOn) return store;
  return {
    insert: async (submissions) => {
      const jobs = submissions.flatMap(jobsOf);
      const span = tracing.start('insert jobs', {
        kind: 'internal',
        links: jobs.map(({ traceparent }) => traceparent),
        attributes: { 'messaging.batch.message_count': jobs.length },
      });
      try {
        return await store.insert(submissions);
      } catch (error) {
        span.fail(error instanceof Error ? error.message : String(error));
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

/** Bodies that can be sent as they stand; the built-in handlers run them. */
export const SUBMISSION_EXAMPLES = {
  echo: { summary: 'Run at once', value: { type: 'echo', payload: { hello: 'world' } } },
  delayed: {
    summary: 'Run in ten seconds',
    value: { type: 'echo', payload: { hello: 'later' }, delay: '10s', tags: ['example'] },
  },
  retried: {
    summary: 'Fail twice, then succeed',
    value: {
      type: 'flaky',
      payload: { failures: 2 },
      priority: 100,
      timeout: '5s',
      maxAttempts: 5,
      backoff: { strategy: 'exponential', delay: '1s', maxDelay: '1m', jitter: 0.1 },
    },
  },
  unique: {
    summary: 'One at a time',
    value: {
      type: 'echo',
      payload: { report: '2030-01' },
      delay: '10s',
      uniqueKey: 'report/2030-01',
      onConflict: 'replace',
    },
  },
  dead: { summary: 'End as a dead letter', value: { type: 'fail', maxAttempts: 1 } },
};

export const BATCH_EXAMPLES = {
  two: {
    summary: 'Two jobs',
    value: {
      jobs: [
        { type: 'echo', payload: { n: 1 } },
        { type: 'echo', payload: { n: 2 }, delay: '5s' },
      ],
    },
  },
};

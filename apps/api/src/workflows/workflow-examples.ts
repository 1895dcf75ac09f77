/** Bodies that can be sent as they stand; the built-in handlers run them. */
export const WORKFLOW_EXAMPLES = {
  diamond: {
    summary: 'One job, two that wait for it, and one that waits for both',
    value: {
      name: 'nightly-import',
      jobs: {
        fetch: { type: 'echo', payload: { file: 'orders.csv' } },
        orders: { type: 'echo', payload: { table: 'orders' }, dependsOn: ['fetch'] },
        customers: { type: 'echo', payload: { table: 'customers' }, dependsOn: ['fetch'] },
        report: { type: 'echo', dependsOn: ['orders', 'customers'] },
      },
    },
  },
  cleanup: {
    summary: 'A job that runs however the others ended, when all of them are done',
    value: {
      name: 'deploy',
      jobs: {
        build: { type: 'echo' },
        test: { type: 'fail', maxAttempts: 1, dependsOn: ['build'] },
        release: { type: 'echo', dependsOn: ['test'] },
        cleanup: { type: 'echo', dependsOn: [{ job: '*', on: 'finished' }] },
      },
    },
  },
};

export const MORE_JOBS_EXAMPLES = {
  more: { summary: 'One more job', value: { jobs: { archive: { type: 'echo', payload: { year: 2026 } } } } },
};

/** Bodies that can be sent as they stand; the built-in handlers run them. */
export const SCHEDULE_EXAMPLES = {
  nightly: {
    summary: 'Every night at half past two in Berlin',
    value: {
      name: 'nightly-report',
      cron: '30 2 * * *',
      timezone: 'Europe/Berlin',
      job: { type: 'echo', payload: { report: 'sales' }, tags: ['report'] },
      overlap: 'skip',
    },
  },
  interval: {
    summary: 'Every quarter of an hour, spread over a minute',
    value: { name: 'poll-inbox', every: '15m', jitter: '1m', job: { type: 'echo' }, misfire: 'none' },
  },
  bounded: {
    summary: 'On working days, ten times at most, made up for after an outage',
    value: {
      name: 'trial-reminder',
      cron: '0 9 * * MON-FRI',
      timezone: 'America/New_York',
      job: { type: 'echo', queue: 'mail', priority: 10 },
      maxRuns: 10,
      misfire: 'all',
      misfireLimit: 5,
    },
  },
};

export const SCHEDULE_CHANGE_EXAMPLES = {
  later: { summary: 'An hour later', value: { cron: '30 3 * * *' } },
  interval: { summary: 'An interval instead', value: { every: '6h', maxRuns: null } },
};

export const SKETCH_EXAMPLES = {
  summer: {
    summary: 'Half past two in the night in which clocks are set forward',
    value: { cron: '30 2 * * *', timezone: 'Europe/Berlin', from: '2027-03-27T00:00:00Z', limit: 3 },
  },
};

export const BACKFILL_EXAMPLES = {
  day: { summary: 'One day', value: { from: '2026-11-01T00:00:00Z', until: '2026-11-02T00:00:00Z' } },
};

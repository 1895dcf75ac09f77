/** Series by name and labels, in promtool's notation: a value a minute. undefined: there is none. */
type Series = Readonly<Record<string, string | undefined>>;

const HOUR = 'x60';

/** An hour in which all is well. */
export const HEALTHY: Series = {
  'up{job="holdfast-api",instance="a"}': `1${HOUR}`,
  'up{job="holdfast-scheduler",instance="b"}': `1${HOUR}`,
  'up{job="holdfast-worker",instance="c"}': `1${HOUR}`,
  'holdfast_mode{mode="normal"}': `1${HOUR}`,
  'holdfast_mode{mode="index-down"}': `0${HOUR}`,
  'holdfast_mode{mode="store-down"}': `0${HOUR}`,
  'holdfast_queue_jobs{queue="mail",state="ready"}': `5${HOUR}`,
  'holdfast_queue_paused{queue="mail"}': `0${HOUR}`,
  'holdfast_queue_oldest_ready_age_seconds{queue="mail"}': `2${HOUR}`,
  'holdfast_queue_events_total{queue="mail",event="succeed"}': `0+100${HOUR}`,
  'holdfast_queue_events_total{queue="mail",event="fail"}': `0+5${HOUR}`,
  'holdfast_queue_events_total{queue="mail",event="exhaust"}': `0${HOUR}`,
  holdfast_queue_figures_timestamp_seconds: `0+60${HOUR}`,
  'holdfast_http_answers_total{status="201"}': `0+100${HOUR}`,
  'holdfast_http_answers_total{status="503"}': `0+1${HOUR}`,
  'holdfast_http_request_seconds_bucket{route="POST /v1/jobs",le="0.1"}': `0+100${HOUR}`,
  'holdfast_http_request_seconds_bucket{route="POST /v1/jobs",le="10"}': `0+100${HOUR}`,
  'holdfast_http_request_seconds_bucket{route="POST /v1/jobs",le="+Inf"}': `0+100${HOUR}`,
  'holdfast_submissions_waiting_jobs{instance="a"}': `10${HOUR}`,
  'holdfast_worker_unsettled_jobs{instance="c"}': `10${HOUR}`,
  'holdfast_lease_margin_seconds{instance="c"}': `12${HOUR}`,
  'holdfast_event_loop_lag_seconds_bucket{job="holdfast-worker",instance="c",le="0.02"}': `0+240${HOUR}`,
  'holdfast_event_loop_lag_seconds_bucket{job="holdfast-worker",instance="c",le="2"}': `0+240${HOUR}`,
  'holdfast_event_loop_lag_seconds_bucket{job="holdfast-worker",instance="c",le="+Inf"}': `0+240${HOUR}`,
  'holdfast_pass_counts_total{pass="reap-lost-workers",count="workers"}': `0${HOUR}`,
  'holdfast_pass_failures_total{pass="prune-finished"}': `0${HOUR}`,
  'holdfast_pass_seconds_count{pass="prune-finished"}': `0+1${HOUR}`,
  'holdfast_index_drift_jobs_total{queue="mail"}': `0${HOUR}`,
  'holdfast_index_generation{queue="mail"}': `1${HOUR}`,
  'holdfast_database_statement_seconds_bucket{statement="COMMIT",le="0.1"}': `0+100${HOUR}`,
  'holdfast_database_statement_seconds_bucket{statement="COMMIT",le="2.5"}': `0+100${HOUR}`,
  'holdfast_database_statement_seconds_bucket{statement="COMMIT",le="+Inf"}': `0+100${HOUR}`,
  'holdfast_database_retries_total{code="ER_LOCK_DEADLOCK"}': `0${HOUR}`,
  'holdfast_database_connections_waiting{job="holdfast-api",instance="a"}': `0${HOUR}`,
  'holdfast_clock_skew_seconds{job="holdfast-api",instance="a"}': `0.1${HOUR}`,
};

export interface AlertTrial {
  readonly name: string;
  /** What is other than in a healthy hour. */
  readonly series: Series;
  /** Every alert that fires after 40 minutes, and no other. */
  readonly fires: readonly string[];
}

const PAUSED = 'holdfast_queue_paused{queue="mail"}';
const AGE = 'holdfast_queue_oldest_ready_age_seconds{queue="mail"}';
const EXHAUSTED = 'holdfast_queue_events_total{queue="mail",event="exhaust"}';

const fires = (alert: string, name: string, series: Series): AlertTrial => ({ name, series, fires: [alert] });
const silent = (name: string, series: Series): AlertTrial => ({ name, series, fires: [] });

export const ALERT_TRIALS: readonly AlertTrial[] = [
  silent('all is well', {}),
  fires('HoldfastStoreDown', 'MySQL is away for five minutes', {
    'holdfast_mode{mode="normal"}': '1x35 0x24',
    'holdfast_mode{mode="store-down"}': '0x35 1x24',
  }),
  fires('HoldfastProgramDown', 'one of two workers is gone', {
    'up{job="holdfast-worker",instance="d"}': '1x35 0x24',
  }),
  fires('HoldfastNoApi', 'there is no api any more', { 'up{job="holdfast-api",instance="a"}': '1x25' }),
  fires('HoldfastNoScheduler', 'there is no scheduler any more', {
    'up{job="holdfast-scheduler",instance="b"}': '1x25',
  }),
  fires('HoldfastNobodyWorks', 'jobs are due and there is no worker', {
    'up{job="holdfast-worker",instance="c"}': '1x20',
  }),
  silent('nothing is due and there is no worker', {
    'up{job="holdfast-worker",instance="c"}': '1x20',
    'holdfast_queue_jobs{queue="mail",state="ready"}': '0x60',
  }),
  fires('HoldfastIndexDown', 'Redis is away for ten minutes', { 'holdfast_mode{mode="index-down"}': '0x30 1x29' }),
  silent('Redis was away for three minutes', { 'holdfast_mode{mode="index-down"}': '0x36 1x2 0x20' }),
  fires('HoldfastApiErrors', 'a tenth of the answers are 503', {
    'holdfast_http_answers_total{status="503"}': '0+11x60',
  }),
  fires('HoldfastApiSlow', 'a twentieth of the submissions takes seconds', {
    'holdfast_http_request_seconds_bucket{route="POST /v1/jobs",le="0.1"}': '0+95x60',
  }),
  fires('HoldfastSubmissionsPileUp', 'MySQL takes fewer jobs than come', {
    'holdfast_submissions_waiting_jobs{instance="a"}': '10x35 15000x24',
  }),
  fires('HoldfastJobsWait', 'jobs wait for an hour', { [AGE]: '0+60x60' }),
  silent('jobs of a paused queue wait for an hour', { [AGE]: '0+60x60', [PAUSED]: '1x60' }),
  fires('HoldfastJobsDie', 'one job has failed for good', { [EXHAUSTED]: '0x34 1x25' }),
  fires('HoldfastJobsFail', 'two of three attempts fail', {
    'holdfast_queue_events_total{queue="mail",event="fail"}': '0+200x60',
  }),
  silent('three of three attempts fail, and no more', {
    'holdfast_queue_events_total{queue="mail",event="succeed"}': '0x60',
    'holdfast_queue_events_total{queue="mail",event="fail"}': '0x34 3x25',
  }),
  fires('HoldfastOutcomesPileUp', 'MySQL takes no outcomes', {
    'holdfast_worker_unsettled_jobs{instance="c"}': '0x35 1500x24',
  }),
  fires('HoldfastWorkersLost', 'a worker was lost', {
    'holdfast_pass_counts_total{pass="reap-lost-workers",count="workers"}': '0x34 1x25',
  }),
  fires('HoldfastLeaseAtRisk', 'a lease is not renewed', {
    'holdfast_lease_margin_seconds{instance="c"}': '12x37 3x22',
  }),
  fires('HoldfastEventLoopBlocked', 'a handler computes without pause', {
    'holdfast_event_loop_lag_seconds_bucket{job="holdfast-worker",instance="c",le="0.02"}': '0+200x60',
  }),
  fires('HoldfastPassFails', 'pruning fails again and again', {
    'holdfast_pass_failures_total{pass="prune-finished"}': '0x30 0+1x29',
  }),
  fires('HoldfastPassMissing', 'nobody prunes any more', {
    'holdfast_pass_seconds_count{pass="prune-finished"}': '9x60',
  }),
  fires('HoldfastIndexDrifts', 'the index is told of nothing', {
    'holdfast_index_drift_jobs_total{queue="mail"}': '0x30 0+50x29',
  }),
  fires('HoldfastIndexRebuiltOften', 'Redis forgets every ten minutes', {
    'holdfast_index_generation{queue="mail"}': '1x9 2x9 3x9 4x5 5x9 6x12',
  }),
  fires('HoldfastFiguresStale', 'nobody reads the figures any more', {
    holdfast_queue_figures_timestamp_seconds: '0+60x30 1800x29',
  }),
  fires('HoldfastDatabaseSlow', 'a twentieth of the commits takes seconds', {
    'holdfast_database_statement_seconds_bucket{statement="COMMIT",le="0.1"}': '0+95x60',
  }),
  fires('HoldfastDatabaseRetries', 'deadlocks all the time', {
    'holdfast_database_retries_total{code="ER_LOCK_DEADLOCK"}': '0+10x60',
  }),
  fires('HoldfastConnectionsExhausted', 'connections do not suffice', {
    'holdfast_database_connections_waiting{job="holdfast-api",instance="a"}': '0x25 3x34',
  }),
  fires('HoldfastClockSkew', 'a clock is a minute behind', {
    'holdfast_clock_skew_seconds{job="holdfast-api",instance="a"}': '-60x60',
  }),
];

/** What `promtool test rules` reads; JSON is YAML, too. */
export function toPromtoolTests(ruleFile: string): string {
  const tests = ALERT_TRIALS.map(({ name, series, fires: alerts }) => ({
    name,
    interval: '1m',
    input_series: Object.entries({ ...HEALTHY, ...series }).flatMap(([each, values]) =>
      values === undefined ? [] : [{ series: each, values }],
    ),
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: '40m',
        exp_samples: alerts.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
      },
    ],
  }));
  return JSON.stringify({ rule_files: [ruleFile], evaluation_interval: '20s', tests });
}

/** The head of what waits in a queue at a priority; values: queue, priority, limit */
export const SELECT_DUE_HEAD = `
  SELECT id, tenant, concurrency_key, fairness_key, type, run_at, TIMESTAMPDIFF(SECOND, run_at, UTC_TIMESTAMP(6)) AS ageSeconds,
    EXISTS (SELECT 1 FROM queue_pauses WHERE queue_pauses.queue = jobs.queue AND queue_pauses.tenant = jobs.tenant) AS paused
  FROM jobs FORCE INDEX (by_state)
  WHERE state = 'pending' AND queue = ? AND priority = ? AND run_at <= UTC_TIMESTAMP(6)
    AND (deadline IS NULL OR deadline > UTC_TIMESTAMP(6))
  ORDER BY run_at, id LIMIT ?`;

/** Of the given ids, those that wait in the queue; values: ids, queue */
export const SELECT_PENDING_IDS = `
  SELECT id FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?) AND queue = ? AND state = 'pending'`;

export const SELECT_ALL_WORKERS = `
  SELECT id, name, queues, types, capacity, TIMESTAMPDIFF(SECOND, lease_until, UTC_TIMESTAMP(6)) AS silentSeconds,
    (SELECT COUNT(*) FROM jobs FORCE INDEX (by_state) WHERE jobs.state = 'running' AND jobs.worker_id = workers.id) AS running
  FROM workers`;

/** Running jobs whose worker is gone; values: limit */
export const COUNT_ORPHANS = `
  SELECT COUNT(*) AS n FROM (
    SELECT jobs.id FROM jobs FORCE INDEX (by_state) LEFT JOIN workers ON workers.id = jobs.worker_id
    WHERE jobs.state = 'running' AND workers.id IS NULL LIMIT ?) AS orphans`;

/** values: seconds, limit */
export const SELECT_UNHEEDED_CANCELS = `
  SELECT id FROM jobs FORCE INDEX (by_state)
  WHERE state = 'running' AND cancel_requested_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND LIMIT ?`;

/** values: limit, limit, limit, limit */
export const COUNT_STRAY_ROWS = `
  SELECT
    (SELECT COUNT(*) FROM (SELECT 1 FROM job_tags LIMIT ?) AS page) AS tagRows,
    (SELECT COUNT(*) FROM (SELECT 1 FROM job_failures LIMIT ?) AS page) AS failureRows,
    (SELECT COUNT(*) FROM (SELECT job_id FROM job_tags ORDER BY tenant, tag, job_id LIMIT ?) AS page
       LEFT JOIN jobs ON jobs.id = page.job_id WHERE jobs.id IS NULL) AS tags,
    (SELECT COUNT(*) FROM (SELECT job_id FROM job_failures ORDER BY job_id, fence LIMIT ?) AS page
       LEFT JOIN jobs ON jobs.id = page.job_id WHERE jobs.id IS NULL) AS failures`;

export const ESTIMATE_JOBS = `
  SELECT table_rows AS n FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'jobs'`;

/** What the rows and the books say of each state, over all tenants: one statement, so that both are of the same instant. */
export const COMPARE_BOOKS = `
  SELECT state, SUM(counted) AS counted, SUM(booked) AS booked FROM (
    SELECT CAST(state AS CHAR) AS state, COUNT(*) AS counted, 0 AS booked FROM jobs FORCE INDEX (by_state) GROUP BY state
    UNION ALL SELECT to_state, 0, n FROM tallies
    UNION ALL SELECT from_state, 0, -CAST(n AS SIGNED) FROM tallies
    UNION ALL SELECT to_state, 0, n FROM tally_totals WHERE queue <> ''
    UNION ALL SELECT from_state, 0, -CAST(n AS SIGNED) FROM tally_totals WHERE queue <> '') AS moves
  WHERE state <> '' GROUP BY state HAVING SUM(counted) <> SUM(booked)`;

export const COUNT_OLD_TALLIES = `
  SELECT COUNT(*) AS n FROM tallies WHERE counted_at < UTC_TIMESTAMP(6) - INTERVAL 5 MINUTE`;

/** Over all tenants; values: seconds, twice */
export const SUM_RECENT_EVENTS = `
  SELECT event, SUM(n) AS n FROM (
    SELECT event, n FROM tallies WHERE counted_at >= UTC_TIMESTAMP(6) - INTERVAL ? SECOND
    UNION ALL
    SELECT event, n FROM tally_slices FORCE INDEX (by_age)
    WHERE queue = '' AND span = 'minute' AND starts_at >= UTC_TIMESTAMP() - INTERVAL ? SECOND) AS recent GROUP BY event`;

export const SELECT_PASSES = `
  SELECT name, runs, TIMESTAMPDIFF(SECOND, next_run_at, UTC_TIMESTAMP(6)) AS lateSeconds FROM passes ORDER BY name`;

/** Needs the PROCESS privilege; values: seconds */
export const SELECT_LONG_TRANSACTIONS = `
  SELECT trx_mysql_thread_id AS connection, TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS seconds,
    trx_rows_locked AS locked FROM information_schema.innodb_trx
  WHERE trx_started < NOW() - INTERVAL ? SECOND ORDER BY trx_started LIMIT 5`;

/** Fewer is better: what readers of old row versions keep from being purged. */
export const SELECT_HISTORY_LENGTH = `
  SELECT count AS n FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'`;

export const SHOW_CONNECTIONS = "SHOW GLOBAL STATUS LIKE 'Threads_connected'";

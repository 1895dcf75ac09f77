import { CLAIM_AHEAD_MS } from '@holdfast/domain';
import { NOT_PAUSED } from './pause.ts';

/** It starts before its deadline, now or when it is due. */
const IN_TIME = '(deadline IS NULL OR deadline > GREATEST(UTC_TIMESTAMP(6), run_at))';
const SOON = `UTC_TIMESTAMP(6) + INTERVAL ${CLAIM_AHEAD_MS * 1_000} MICROSECOND`;
const OURS = `state = 'pending' AND queue = ? AND type IN (?) AND ${IN_TIME}`;

const CLAIMED_COLUMNS = `id, tenant, queue, type, payload, priority, run_at, deadline, timeout_ms, attempt, max_attempts, crashes,
    backoff_strategy, backoff_delay_ms, backoff_max_delay_ms, backoff_jitter, fence, created_at, traceparent, schedule_id,
    planned_at, concurrency_key, fairness_key, is_ordered, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), run_at) AS due_in_us`;

/** Looked up once for the whole statement; values: queue */
const HAS_POLICY = 'EXISTS (SELECT 1 FROM queue_policies WHERE queue_policies.queue = ?) AS has_policy';

/**
 * What of a hinted batch may be claimed now, also what is due in a moment, as it is before. A row that somebody holds is
 * left out instead of waited for, so that one locked job does not keep the others; values: queue, ids, queue, types
 */
export const LOCK_CLAIMABLE = `
  SELECT ${CLAIMED_COLUMNS}, ${HAS_POLICY} FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND ${OURS} AND run_at <= ${SOON} AND ${NOT_PAUSED} ORDER BY id FOR UPDATE SKIP LOCKED`;

/** The guarded statement that alone starts a job, after its row was locked as one that is due; values: worker, ids */
export const CLAIM = `
  UPDATE jobs FORCE INDEX (PRIMARY)
  SET state = 'running', attempt = attempt + 1, fence = fence + 1, worker_id = ?, started_at = GREATEST(UTC_TIMESTAMP(6), run_at)
  WHERE id IN (?) AND state = 'pending' AND ${IN_TIME}`;

/** values: ids, worker */
export const SELECT_CLAIMED = `
  SELECT ${CLAIMED_COLUMNS} FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?) AND worker_id = ? AND state = 'running'`;

/** values: worker */
export const SELECT_HELD = `
  SELECT ${CLAIMED_COLUMNS} FROM jobs FORCE INDEX (by_state) WHERE state = 'running' AND worker_id = ?`;

/** Of the hints that did not win, those that still wait; values: ids, queue */
export const SELECT_WAITING = `
  SELECT id, tenant, concurrency_key, fairness_key, priority, run_at, run_at <= ${SOON} AS due,
    NOT ${NOT_PAUSED} AS paused
  FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND queue = ? AND state = 'pending'`;

/** Where the pending jobs of a queue begin, by a loose scan, and the slowest aging that somebody wants there; values: queue, queue */
export const SELECT_PRIORITIES = `
  SELECT priority, MIN(run_at) AS first_run_at,
    (SELECT MAX(CAST(JSON_EXTRACT(policy, '$.agingMs') AS UNSIGNED)) FROM queue_policies WHERE queue_policies.queue = ?) AS aging_ms
  FROM jobs FORCE INDEX (by_state)
  WHERE state = 'pending' AND queue = ? GROUP BY state, queue, priority`;

/**
 * Claims without the index, one priority at a time, so that jobs due later are never read, and without what waits at a gate
 * that is known to be shut; values: queue, queue, types, crashes from which a job runs alone, those too, priority, due until,
 * tenants, tenants and concurrency keys, limit
 */
export const LOCK_DUE = `
  SELECT ${CLAIMED_COLUMNS}, ${HAS_POLICY} FROM jobs FORCE INDEX (by_state)
  WHERE ${OURS} AND run_at <= UTC_TIMESTAMP(6) AND (crashes < ? OR ?) AND priority = ? AND run_at <= ? AND ${NOT_PAUSED}
    AND tenant NOT IN (?) AND (concurrency_key IS NULL OR CONCAT(tenant, ' ', concurrency_key) NOT IN (?))
  ORDER BY run_at, id LIMIT ? FOR UPDATE SKIP LOCKED`;

/** values: queue, tenants */
export const SELECT_POLICIES = 'SELECT tenant, policy FROM queue_policies WHERE queue = ? AND tenant IN (?)';

/** From here to the commit nobody else has these locks. A row that is there is locked as it is; values: rows of id, in order */
export const LOCK_GATES = `
  INSERT INTO gates (id) VALUES ? ON DUPLICATE KEY UPDATE used_on = UTC_DATE()`;

const RUNNING = `FROM jobs FORCE INDEX (by_state) WHERE state = 'running' AND queue = ? AND tenant IN (?)`;

/**
 * What takes up slots: the jobs that run, and nothing else. As many rows as all workers have slots at most, and as few groups
 * as keys are asked for; values: keys, queue, tenants
 */
export const COUNT_RUNNING_OF_KEYS = `
  SELECT tenant, IF(concurrency_key IN (?), concurrency_key, NULL) AS key_asked_for, COUNT(*) AS n ${RUNNING}
  GROUP BY tenant, key_asked_for`;

/** The same of every key; values: queue, tenants */
export const COUNT_RUNNING_BY_KEY = `
  SELECT tenant, concurrency_key, COUNT(*) AS n ${RUNNING} GROUP BY tenant, concurrency_key`;

/** Of all tenants and keys; values: queues */
export const COUNT_RUNNING_IN_QUEUES = `
  SELECT queue, tenant, concurrency_key, COUNT(*) AS n FROM jobs FORCE INDEX (by_state)
  WHERE state = 'running' AND queue IN (?) GROUP BY queue, tenant, concurrency_key`;

/** Where jobs have keys, or tenants other than the default */
export const SELECT_LANED_QUEUES = 'SELECT queue FROM laned_queues';

/** The gates are locked; values: ids */
export const SELECT_RATES = `
  SELECT id, due_us, CAST(UNIX_TIMESTAMP(UTC_TIMESTAMP(6)) * 1000000 AS UNSIGNED) AS now_us FROM gates WHERE id IN (?)`;

/** values: due, id */
export const SPEND_RATE = 'UPDATE gates SET due_us = ? WHERE id = ?';

/** Whose turn it is at a gate where jobs keep their order; values: gate */
export const SELECT_TURN = `
  SELECT turn.gate_id, turn.seq, turn.job_id, jobs.state, jobs.run_at, jobs.run_at <= UTC_TIMESTAMP(6) AS due
  FROM ordered_jobs AS turn FORCE INDEX (PRIMARY)
  STRAIGHT_JOIN jobs FORCE INDEX (PRIMARY) ON jobs.id = turn.job_id
  WHERE turn.gate_id = ? AND jobs.state IN ('blocked', 'pending', 'running') AND jobs.is_ordered = 1
  ORDER BY turn.seq LIMIT 1`;

/** Of jobs those that have yet to start and keep an order, and with whom, in that order; values: ids */
export const SELECT_LINES = `
  SELECT turn.job_id, turn.gate_id, CONCAT(jobs.queue, ' ', jobs.concurrency_key) AS line
  FROM ordered_jobs AS turn FORCE INDEX (by_job)
  STRAIGHT_JOIN jobs FORCE INDEX (PRIMARY) ON jobs.id = turn.job_id
  WHERE turn.job_id IN (?) AND jobs.state IN ('blocked', 'pending') AND jobs.is_ordered = 1 ORDER BY turn.seq`;

/** It keeps the others of its key no more; values: id */
export const GIVE_UP_ORDER = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET is_ordered = NULL WHERE id = ? AND state = 'blocked'`;

/** Those that have finished, or do not keep it any more; values: gate, seq of the one whose turn it is */
export const DELETE_PAST_TURNS = 'DELETE FROM ordered_jobs WHERE gate_id = ? AND seq < ?';

/** values: age in seconds, limit */
export const DELETE_UNUSED_GATES = `
  DELETE FROM gates WHERE used_on < DATE(UTC_TIMESTAMP() - INTERVAL ? SECOND) LIMIT ?`;

/** values: queue, tenant, policy */
export const UPSERT_POLICY = `
  INSERT INTO queue_policies (queue, tenant, policy) VALUES (?, ?, ?)
  ON DUPLICATE KEY UPDATE policy = VALUES(policy), changed_at = UTC_TIMESTAMP(6)`;

/** What the index knows of a policy is void: it is built anew, also if the queue is yet to have its first job; values: queue */
export const VOID_INDEX = `
  INSERT INTO queues (name, index_generation) VALUES (?, 1)
  ON DUPLICATE KEY UPDATE index_generation = index_generation + 1`;

/** values: queue */
export const SELECT_POLICIES_OF_QUEUE = 'SELECT tenant, policy FROM queue_policies WHERE queue = ?';

/** values: tenant */
export const SELECT_POLICIES_OF_TENANT =
  'SELECT queue, policy FROM queue_policies FORCE INDEX (by_tenant) WHERE tenant = ? ORDER BY queue';

/** By all tenants: a row for each queue that somebody has limited */
export const SELECT_ALL_POLICIES = 'SELECT queue, tenant, policy FROM queue_policies';

/** values: queue, tenant; FOR UPDATE, so that two changes do not undo each other */
export const LOCK_POLICY = 'SELECT policy FROM queue_policies WHERE queue = ? AND tenant = ? FOR UPDATE';

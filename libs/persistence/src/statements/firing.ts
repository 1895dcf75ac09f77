/** values: none */
export const SELECT_NEXT_WAKE = `
  SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), MIN(wake_at)) AS waitMicroseconds FROM schedules FORCE INDEX (by_wake)`;

/** Who waits longest for a look; values: limit */
export const SELECT_DUE_SCHEDULES = `
  SELECT id FROM schedules FORCE INDEX (by_wake) WHERE wake_at <= UTC_TIMESTAMP(6) ORDER BY wake_at LIMIT ?`;

/**
 * Those that another scheduler holds are left to it. A tick that was recorded though the row does not say so (it was
 * restored from a copy) is not decided again; values: ids
 */
export const LOCK_DUE_SCHEDULES = `
  SELECT id, tenant, name, definition, revision, runs, last_at, next_at, queued_at, paused_at, paused_by, resumed_at,
    created_at, updated_at, UTC_TIMESTAMP(6) AS now,
    (SELECT MAX(planned_at) FROM occurrences
     WHERE schedule_id = schedules.id AND planned_at >= schedules.next_at AND origin = 'tick') AS recorded_at
  FROM schedules FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND wake_at <= UTC_TIMESTAMP(6) ORDER BY id FOR UPDATE SKIP LOCKED`;

/** The guard repeats what was decided upon; values: runs, last_at, next_at, queued_at, wake_at, id, next_at before */
export const ADVANCE_SCHEDULE = `
  UPDATE schedules SET runs = ?, last_at = ?, next_at = ?, queued_at = ?, wake_at = ? WHERE id = ? AND next_at <=> ?`;

/** values: id */
export const POSTPONE_SCHEDULE = `
  UPDATE schedules SET wake_at = UTC_TIMESTAMP(6) + INTERVAL 60 SECOND WHERE id = ?`;

/** values: ids */
export const SELECT_OPEN_JOBS = `
  SELECT made.schedule_id, made.planned_at, made.origin, made.job_id, job.state, job.cancel_requested_at
  FROM occurrences AS made FORCE INDEX (by_open) LEFT JOIN jobs AS job FORCE INDEX (PRIMARY) ON job.id = made.job_id
  WHERE made.schedule_id IN (?) AND made.is_open = 1`;

/** values: schedule, planned_at, origin */
export const CLOSE_OCCURRENCE = `
  UPDATE occurrences SET is_open = NULL WHERE schedule_id = ? AND planned_at = ? AND origin = ?`;

/** values: rows of those columns */
export const INSERT_OCCURRENCES = `
  INSERT INTO occurrences (schedule_id, planned_at, origin, outcome, reason, late_ms, job_id, is_open) VALUES ?`;

/** The tick that waited; values: outcome, reason, late_ms, job_id, is_open, schedule, planned_at */
export const SETTLE_QUEUED = `
  UPDATE occurrences SET outcome = ?, reason = ?, late_ms = ?, job_id = ?, is_open = ?, decided_at = UTC_TIMESTAMP(6)
  WHERE schedule_id = ? AND planned_at = ? AND origin = 'tick' AND outcome = 'queued'`;

const COLUMNS = 'schedule_id, planned_at, origin, outcome, reason, late_ms, job_id, decided_at';

/** The newest first; values: schedule, from, until, cursor: planned_at, planned_at, origin; limit */
export const SELECT_OCCURRENCES = `
  SELECT ${COLUMNS} FROM occurrences FORCE INDEX (PRIMARY)
  WHERE schedule_id = ? AND planned_at >= ? AND planned_at < ? AND (planned_at < ? OR (planned_at = ? AND origin < ?))
  ORDER BY planned_at DESC, origin DESC LIMIT ?`;

/** values: schedule, instants */
export const SELECT_TICKS = `
  SELECT ${COLUMNS} FROM occurrences FORCE INDEX (PRIMARY)
  WHERE schedule_id = ? AND planned_at IN (?) AND origin = 'tick'`;

/** values: schedule, instant */
export const SELECT_LAST_TRIGGER = `
  SELECT planned_at FROM occurrences FORCE INDEX (PRIMARY)
  WHERE schedule_id = ? AND planned_at >= ? AND origin = 'trigger' ORDER BY planned_at DESC LIMIT 1`;

/** What was skipped runs after all; why it was skipped stays; values: job_id, is_open, schedule, planned_at */
export const BACKFILL_SKIPPED = `
  UPDATE occurrences SET outcome = 'backfilled', job_id = ?, is_open = ?, decided_at = UTC_TIMESTAMP(6)
  WHERE schedule_id = ? AND planned_at = ? AND origin = 'tick' AND outcome = 'skipped'`;

/** values: age in seconds, limit */
export const DELETE_OLD_OCCURRENCES = `
  DELETE FROM occurrences WHERE decided_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND AND outcome <> 'queued'
  ORDER BY decided_at LIMIT ?`;

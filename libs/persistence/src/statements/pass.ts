/** values: rows of one name */
export const INSERT_PASSES = 'INSERT IGNORE INTO passes (name, next_run_at) VALUES (?, UTC_TIMESTAMP(6))';

/**
 * One replica wins. After the clock was set back the next run lies too far ahead to be true; not by a little only, which is how
 * it looks to a replica that asked earlier than the winner and was answered later. values: interval in microseconds, scheduler, name, interval
 */
export const WIN_PASS = `
  UPDATE passes SET next_run_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, runs = runs + 1, scheduler_id = ?
  WHERE name = ? AND (next_run_at <= UTC_TIMESTAMP(6) OR next_run_at > UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND + INTERVAL 10 SECOND)`;

/** values: name */
export const SELECT_PASS = `
  SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), next_run_at) AS waitMicroseconds, watermark FROM passes WHERE name = ?`;

/** values: watermark, name */
export const MOVE_WATERMARK = 'UPDATE passes SET watermark = ? WHERE name = ?';

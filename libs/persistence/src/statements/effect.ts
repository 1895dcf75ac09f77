/** Keeps a job from being taken away until the transaction ends; values: job, worker, fence */
export const HOLD_JOB = `
  SELECT id FROM jobs FORCE INDEX (PRIMARY)
  WHERE id = ? AND state = 'running' AND worker_id = ? AND fence = ? LOCK IN SHARE MODE`;

/**
 * The first gets the row; whoever else asks locks it as it is, so that of many that find its holder gone one takes it over
 * at a time. Who has it is read back, never counted; values: id, tenant, name, job, fence
 */
export const CLAIM_EFFECT = `
  INSERT INTO effects (id, tenant, name, job_id, fence, changed_at) VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6))
  ON DUPLICATE KEY UPDATE fence = effects.fence`;

/** A fence is never claimed again, so a holder that is not running is not for good; values: id */
export const SELECT_EFFECT = `
  SELECT effects.job_id, effects.fence, effects.is_recorded, effects.result, holder.id IS NOT NULL AS is_running
  FROM effects FORCE INDEX (PRIMARY)
  LEFT JOIN jobs AS holder FORCE INDEX (PRIMARY)
    ON holder.id = effects.job_id AND holder.fence = effects.fence AND holder.state = 'running'
  WHERE effects.id = ?`;

const OF_HOLDER = 'id = ? AND job_id = ? AND fence = ? AND NOT is_recorded';

/** values: job, fence, id, job and fence that had it */
export const TAKE_EFFECT_OVER = `
  UPDATE effects SET job_id = ?, fence = ?, changed_at = UTC_TIMESTAMP(6) WHERE ${OF_HOLDER}`;

/** values: result, id, job, fence */
export const RECORD_EFFECT = `
  UPDATE effects SET is_recorded = TRUE, result = ?, changed_at = UTC_TIMESTAMP(6) WHERE ${OF_HOLDER}`;

/** values: id, job, fence */
export const RELEASE_EFFECT = `DELETE FROM effects WHERE ${OF_HOLDER}`;

const OLD = 'changed_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND';

/** Not those of attempts that still run, however long they do; values: age in seconds, limit */
export const SELECT_OLD_EFFECTS = `
  SELECT effects.id FROM effects FORCE INDEX (by_age)
  LEFT JOIN jobs AS holder FORCE INDEX (PRIMARY)
    ON holder.id = effects.job_id AND holder.fence = effects.fence AND holder.state = 'running'
  WHERE effects.${OLD} AND holder.id IS NULL ORDER BY effects.changed_at LIMIT ?`;

/** One that was taken over meanwhile is not old any more; values: ids, age in seconds */
export const DELETE_OLD_EFFECTS = `DELETE FROM effects WHERE id IN (?) AND ${OLD}`;

const COLUMNS = `id, tenant, name, definition, revision, runs, last_at, next_at, queued_at, paused_at, paused_by, resumed_at,
    created_at, updated_at`;

/** values: rows of those columns */
export const INSERT_SCHEDULES = `INSERT INTO schedules (${COLUMNS}, wake_at) VALUES ?`;

/** values: tenant */
export const COUNT_SCHEDULES = 'SELECT COUNT(*) AS n FROM schedules FORCE INDEX (by_name) WHERE tenant = ?';

/** values: tenant, name */
export const SELECT_BY_NAME = `SELECT ${COLUMNS} FROM schedules FORCE INDEX (by_name) WHERE tenant = ? AND name = ?`;

/** values: tenant, id */
export const SELECT_BY_ID = `SELECT ${COLUMNS} FROM schedules FORCE INDEX (PRIMARY) WHERE tenant = ? AND id = ?`;

/** By name; values: tenant, after which name, limit */
export const SELECT_PAGE = `
  SELECT ${COLUMNS} FROM schedules FORCE INDEX (by_name) WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?`;

/** values: id */
export const LOCK_SCHEDULE = `
  SELECT ${COLUMNS}, UTC_TIMESTAMP(6) AS now FROM schedules FORCE INDEX (PRIMARY) WHERE id = ? FOR UPDATE`;

/** values: definition, next_at, queued_at, wake_at, paused_at, paused_by, resumed_at, id, revision */
export const CHANGE_SCHEDULE = `
  UPDATE schedules SET definition = ?, next_at = ?, queued_at = ?, wake_at = ?, paused_at = ?, paused_by = ?,
    resumed_at = ?, revision = revision + 1, updated_at = UTC_TIMESTAMP(6)
  WHERE id = ? AND revision = ?`;

/** values: tenant, id, revision or null for any */
export const DELETE_SCHEDULE = 'DELETE FROM schedules WHERE tenant = ? AND id = ? AND revision = COALESCE(?, revision)';

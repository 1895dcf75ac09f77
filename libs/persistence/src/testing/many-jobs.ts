import type { Database } from '../database/database.ts';

const FIRST = "INSERT INTO jobs (id, type) VALUES (UNHEX(LEFT(SHA2('first', 256), 32)), 'echo')";

/** Twice as many, each like its pattern but for its id. values: what makes the ids of this round differ */
const DOUBLE = 'INSERT INTO jobs (id, type) SELECT UNHEX(LEFT(SHA2(CONCAT(HEX(id), ?), 256), 32)), type FROM jobs';

const KIND = (column: string): string => `CONV(HEX(SUBSTR(${column}, 1, 2)), 16, 10)`;

/** What a job is like follows from the first bytes of its id, so that every mixture occurs. */
const SPREAD = `
  UPDATE jobs SET
    tenant = ELT(1 + ${KIND('id')} % 3, 'default', 'default', 'other'),
    queue = ELT(1 + ${KIND('id')} % 5, 'default', 'default', 'mail', 'mail', 'reports'),
    type = ELT(1 + ${KIND('id')} % 7, 'echo', 'echo', 'echo', 'sleep', 'sleep', 'fail', 'email.send'),
    priority = ${KIND('id')} % 2 * 10,
    run_at = UTC_TIMESTAMP(6) + INTERVAL CAST(${KIND('id')} % 11 AS SIGNED) - 6 HOUR,
    tags = CASE WHEN ${KIND('id')} % 13 < 4 THEN '["red"]' WHEN ${KIND('id')} % 13 = 4 THEN '["blue"]' END,
    state = ELT(1 + ${KIND('id')} % 17, 'pending', 'pending', 'pending', 'pending', 'pending', 'succeeded', 'succeeded', 'succeeded',
      'succeeded', 'succeeded', 'succeeded', 'dead', 'dead', 'cancelled', 'expired', 'running', 'blocked'),
    finished_at = CASE WHEN ${KIND('id')} % 17 BETWEEN 5 AND 14 THEN UTC_TIMESTAMP(6) END,
    worker_id = CASE WHEN ${KIND('id')} % 17 = 15 THEN UNHEX(LEFT(SHA2('worker', 256), 32)) END,
    started_at = UTC_TIMESTAMP(6), attempt = 1, fence = 1`;

const TAGS = `
  INSERT INTO job_tags (tenant, tag, job_id) SELECT tenant, JSON_UNQUOTE(JSON_EXTRACT(tags, '$[0]')), id FROM jobs WHERE tags IS NOT NULL`;

/** Fills a migrated database with jobs of every kind, as many as two to the power of `rounds`. */
export async function fillWithJobs(database: Database, rounds: number): Promise<void> {
  await database.change(FIRST);
  for (let round = 0; round < rounds; round++) await database.change(DOUBLE, [round]);
  await database.change(SPREAD);
  await database.change(TAGS);
  for (const table of ['jobs', 'job_tags']) await database.rows(`ANALYZE TABLE ${table}`);
}

/** A schedule, and a thousand ticks of it, for some of the jobs. */
export async function fillWithOccurrences(database: Database): Promise<void> {
  await database.change(
    `INSERT INTO schedules (id, tenant, name, definition, wake_at, created_at, updated_at)
     SELECT id, tenant, LOWER(HEX(id)), '{}', run_at, created_at, created_at FROM jobs LIMIT 2000`,
  );
  await database.change(
    `INSERT INTO occurrences (schedule_id, planned_at, origin, outcome, job_id)
     SELECT schedule.id, job.run_at - INTERVAL job.priority SECOND, 'tick', 'fired', MIN(job.id)
     FROM (SELECT id FROM schedules LIMIT 4) AS schedule JOIN (SELECT id, run_at, priority FROM jobs LIMIT 1000) AS job
     GROUP BY 1, 2`,
  );
}

/** A policy, a gate and an order for some of the jobs. */
export async function fillWithLimits(database: Database): Promise<void> {
  await database.change(
    "INSERT INTO queue_policies (queue, tenant, policy) SELECT LOWER(HEX(id)), tenant, '{}' FROM jobs LIMIT 2000",
  );
  await database.change(
    "INSERT INTO gates (id, used_on) SELECT RPAD(id, 32, 'x'), run_at - INTERVAL priority DAY FROM jobs LIMIT 2000",
  );
  await database.change("INSERT INTO ordered_jobs (gate_id, job_id) SELECT RPAD(id, 32, 'x'), id FROM jobs LIMIT 2000");
}

/** Every job waits for one, of which there are few, and is part of one of as few workflows. */
export async function fillWithDependencies(database: Database): Promise<void> {
  await database.change(`
    INSERT INTO dependencies (job_id, depends_on, requirement)
    SELECT waiting.id, other.id, 'finished'
    FROM (SELECT id FROM jobs LIMIT 2000) AS waiting JOIN (SELECT id FROM jobs ORDER BY id DESC LIMIT 3) AS other`);
  await database.change(`
    INSERT INTO workflows (id, tenant, name, created_at) SELECT id, tenant, 'w', created_at FROM jobs LIMIT 500`);
  await database.change(`
    INSERT INTO workflow_jobs (workflow_id, name, job_id)
    SELECT (SELECT MIN(id) FROM workflows), LOWER(HEX(id)), id FROM jobs LIMIT 2000`);
}

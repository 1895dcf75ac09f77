import { type Finding, finding } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Long enough for any sensible lease, and for a scheduler to act on it. */
const GONE_SECONDS = 120;
const LIMIT = 10_000;
const BATCH = 500;

export interface Reaper {
  reapOrphans(limit: number): Promise<number>;
}

/** What belongs to something that is gone. */
export async function checkOrphans({ inspection, workers, skipped }: Patient, reaper: Reaper): Promise<Finding[]> {
  const found: Finding[] = [];
  const silent = workers.filter(({ silentSeconds }) => silentSeconds > GONE_SECONDS);
  if (silent.length > 0)
    found.push(
      finding(
        'error',
        'orphans',
        `${silent.length} workers have been silent for up to ${Math.max(...silent.map((worker) => worker.silentSeconds))} s and still hold ${silent.reduce((sum, { running }) => sum + running, 0)} jobs.`,
        'A scheduler takes their jobs back: start one.',
      ),
    );
  const orphans = await inspection.countOrphans(LIMIT);
  if (orphans > 0)
    found.push(
      finding(
        'error',
        'orphans',
        `${atLeast(orphans)} running jobs belong to workers that are gone.`,
        'A scheduler takes them back within seconds: is one running? Or run the doctor with --repair.',
        async () => `took back ${await reapAll(reaper, orphans)} jobs from workers that are gone`,
      ),
    );
  const { tags, failures, isWhole } = await inspection.countStrayRows(LIMIT);
  if (!isWhole) skipped.push(`rows of job_tags and job_failures beyond the first ${LIMIT}`);
  if (tags + failures > 0)
    found.push(
      finding(
        'warning',
        'orphans',
        `${tags} rows of job_tags and ${failures} of job_failures belong to jobs that are gone.`,
        'They take room and do no harm; jobs were deleted by hand.',
      ),
    );
  return found;
}

function atLeast(n: number): string {
  return n < LIMIT ? String(n) : `at least ${LIMIT}`;
}

async function reapAll(reaper: Reaper, expected: number): Promise<number> {
  let reaped = 0;
  while (reaped < expected) {
    const n = await reaper.reapOrphans(BATCH);
    reaped += n;
    if (n === 0) break;
  }
  return reaped;
}

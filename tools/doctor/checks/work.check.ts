import { type Finding, finding } from '../finding.ts';
import { isAlive, type Patient } from '../patient.ts';

const UNHEEDED_SECONDS = 60;
const STORM_SECONDS = 300;
const STORM_FAILURES = 100;
const LATE_PASS_SECONDS = 180;
const BOOKS_UP_TO = 2_000_000;
const OLD_TALLIES = 1_000;

/** How the work goes: cancellations that nobody heeds, storms of retries, workers without room, passes that rest. */
export async function checkWork(patient: Patient): Promise<Finding[]> {
  const { inspection } = patient;
  return [
    ...checkCancels(await inspection.findUnheededCancels(UNHEEDED_SECONDS, 1_000)),
    ...checkStorm(await inspection.sumRecentEvents(STORM_SECONDS)),
    ...checkCapacity(patient),
    ...checkPasses(await inspection.findPasses()),
  ];
}

function checkCancels(ids: readonly string[]): Finding[] {
  if (ids.length === 0) return [];
  return [
    finding(
      'warning',
      'stuck',
      `${ids.length} running jobs were to be cancelled more than ${UNHEEDED_SECONDS} s ago and run on, such as ${ids[0] ?? ''}.`,
      'Their handlers ignore their signal: make them heed it.',
    ),
  ];
}

function checkStorm(events: ReadonlyMap<string, number>): Finding[] {
  const failed = (events.get('fail') ?? 0) + (events.get('exhaust') ?? 0);
  const ended = failed + (events.get('succeed') ?? 0);
  if (failed < STORM_FAILURES || failed * 2 < ended) return [];
  return [
    finding(
      'warning',
      'retries',
      `${failed} of ${ended} attempts failed in the last ${STORM_SECONDS / 60} minutes.`,
      'Look at the errors of the dead letters and of the retried jobs.',
    ),
  ];
}

function checkCapacity({ workers, due }: Patient): Finding[] {
  const live = workers.filter(isAlive);
  const oldest = Math.max(0, ...due.flatMap(({ jobs }) => jobs.map(({ ageSeconds }) => ageSeconds)));
  const full = live.length > 0 && live.every(({ running, capacity }) => running >= capacity * 0.9);
  if (!full || oldest < 30) return [];
  return [
    finding(
      'warning',
      'capacity',
      `All ${live.length} live workers are full, and jobs have waited up to ${oldest} s.`,
      'Start more workers, or raise WORKER_CONCURRENCY.',
    ),
  ];
}

function checkPasses(passes: readonly { name: string; lateSeconds: number }[]): Finding[] {
  const late = passes.filter(({ lateSeconds }) => lateSeconds > LATE_PASS_SECONDS);
  if (passes.length === 0)
    return [
      finding('error', 'passes', 'No scheduler has ever run here.', 'Start one: without it lost jobs stay lost.'),
    ];
  if (late.length === 0) return [];
  const names = late.map(({ name }) => name).join(', ');
  return [
    finding(
      'error',
      'passes',
      `No scheduler has run ${names} for ${Math.max(...late.map(({ lateSeconds }) => lateSeconds))} s.`,
      'Start a scheduler, or look at its log for "pass failed".',
    ),
  ];
}

/** The counts of transitions against the rows; summed up where that was left undone. */
export async function checkBooks({ inspection, skipped }: Patient, rollUp: () => Promise<number>): Promise<Finding[]> {
  const found: Finding[] = [];
  const differences = await inspection.compareBooks(BOOKS_UP_TO);
  if (differences === undefined) skipped.push(`the books against the rows: more than ${BOOKS_UP_TO} jobs`);
  for (const { state, counted, booked } of differences ?? [])
    found.push(
      finding(
        'warning',
        'books',
        `Statistics say that ${booked} jobs are ${state}, and ${counted} are.`,
        'Rows were changed or deleted by hand; statistics stay off by that much.',
      ),
    );
  const old = await inspection.countOldTallies();
  if (old > OLD_TALLIES)
    found.push(
      finding(
        'warning',
        'books',
        `${old} counts wait to be summed up.`,
        'A scheduler does it: is one running? Or run the doctor with --repair.',
        async () => `summed up ${await rollUp()} counts`,
      ),
    );
  return found;
}

import { type Finding, finding } from '../finding.ts';
import { type DueHead, isAlive, type Patient, serves } from '../patient.ts';

/** Ready for so long beside free slots, a job is stuck. */
const STUCK_SECONDS = 60;

/** Why jobs that are due do not start: no worker for the queue, none for the type, or neither of both. */
export function checkWaiting(patient: Patient): Finding[] {
  const queues = new Set(patient.due.flatMap(({ queue, jobs }) => (jobs.length > 0 ? [queue] : [])));
  return [...queues].flatMap((queue) =>
    checkQueue(
      patient,
      queue,
      patient.due.filter((head) => head.queue === queue),
    ),
  );
}

function checkQueue({ workers }: Patient, queue: string, heads: readonly DueHead[]): Finding[] {
  const jobs = heads.flatMap((head) => head.jobs);
  const serving = workers.filter((worker) => isAlive(worker) && serves(worker, queue));
  if (serving.length === 0)
    return [
      finding(
        'error',
        'workers',
        `Queue ${queue} has ${jobs.length} ready jobs and no live worker.`,
        `Start a worker whose WORKER_QUEUES has ${queue} or *.`,
      ),
    ];
  const found: Finding[] = [];
  for (const type of new Set(jobs.map((job) => job.type))) {
    const able = serving.filter(({ types }) => types.includes(type));
    const oldest = Math.max(...jobs.filter((job) => job.type === type).map(({ ageSeconds }) => ageSeconds));
    if (able.length === 0)
      found.push(
        finding(
          'error',
          'handlers',
          `No live worker of queue ${queue} has a handler for the type ${type}; the oldest such job has waited ${oldest} s.`,
          'Deploy a worker with that handler, or cancel these jobs.',
        ),
      );
    else if (oldest > STUCK_SECONDS && able.some(({ running, capacity }) => running < capacity))
      found.push(
        finding(
          'error',
          'stuck',
          `Jobs of the type ${type} in queue ${queue} have been ready for ${oldest} s beside free slots.`,
          "Is the queue limited? Else look at the workers' logs and at what is said of the index.",
        ),
      );
  }
  return found;
}

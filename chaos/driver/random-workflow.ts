import type { Random } from '../random.ts';
import type { Submitted } from './known-jobs.ts';
import { FAR_AHEAD, randomJob, TENANTS, UNHEARD_OF } from './workload.ts';

/** As the API takes it. */
interface WorkflowBody {
  readonly name: string;
  readonly jobs: Readonly<Record<string, object>>;
}

/** Each job waits for some of those before it, and now and then the last for all others, however they end. */
export function randomWorkflow(random: Random): { tenant: string; jobs: readonly Submitted[]; body: WorkflowBody } {
  const tenant = random.pick(TENANTS) ?? 'default';
  const jobs = Array.from({ length: random.between(3, 6) }, () => ({ ...finishingJob(random), tenant }));
  const nodes = jobs.map(({ body }, n) => [nameOf(n), { ...body, dependsOn: before(n, jobs.length, random) }] as const);
  return { tenant, jobs, body: { name: 'chaos', jobs: Object.fromEntries(nodes) } };
}

export function dependencyOn(job: string, random: Random): string | { job: string; on: 'finished' } {
  return random.chance(0.7) ? job : { job, on: 'finished' };
}

/** Not so what is due long after the run or of no worker; nor who asked for a unique key, whose job may be another's. */
export function willFinish({ body }: Submitted): boolean {
  const { type, delay, uniqueKey } = body as { type?: string; delay?: string; uniqueKey?: string };
  return type !== UNHEARD_OF && delay !== FAR_AHEAD && uniqueKey === undefined;
}

function finishingJob(random: Random): Submitted {
  for (;;) {
    const job = randomJob(random);
    if (willFinish(job)) return job;
  }
}

function before(n: number, of: number, random: Random): (string | object)[] {
  if (n === of - 1 && random.chance(0.4)) return [{ job: '*', on: 'finished' }];
  const names = Array.from({ length: n }, (_, index) => nameOf(index)).filter(() => random.chance(0.5));
  return names.map((name) => dependencyOn(name, random));
}

function nameOf(n: number): string {
  return `job-${n + 1}`;
}

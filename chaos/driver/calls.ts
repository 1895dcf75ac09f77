import type { OperationName } from '../history/events.ts';
import type { Random } from '../random.ts';
import type { KnownJobs, Submitted } from './known-jobs.ts';
import { dependencyOn, randomWorkflow, willFinish } from './random-workflow.ts';
import { randomSchedule } from './random-schedule.ts';
import { LIMITED, QUEUES, randomJob, randomKeyedJob, randomUniqueJob, TENANTS } from './workload.ts';

/** One call of the API, and what it is about. */
export interface Call {
  readonly operation: OperationName;
  readonly tenant: string;
  readonly jobs: readonly string[];
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly queue?: string;
  readonly schedule?: string;
  readonly unique?: string;
  readonly submitted: readonly Submitted[];
}

type OfJob = 'cancel' | 'retry' | 'read' | 'read-of-another-tenant';
type OfSchedule = 'pause-schedule' | 'resume-schedule' | 'trigger-schedule';

const FLOOD = 300;

/** Thinks up calls; undefined where there is nothing yet to call about. */
export class Calls {
  private readonly random: Random;
  private readonly known: KnownJobs;

  constructor(random: Random, known: KnownJobs) {
    this.random = random;
    this.known = known;
  }

  of(operation: Exclude<OperationName, 'insert-by-sql'>): Call | undefined {
    switch (operation) {
      case 'submit':
        return submission(operation, [randomJob(this.random)]);
      case 'submit-with-key':
        return submission(operation, [randomKeyedJob(this.random)]);
      case 'submit-unique':
        return this.unique();
      case 'submit-dependent':
        return this.dependent();
      case 'workflow':
        return this.workflow();
      case 'batch':
        return this.batch();
      case 'flood':
        return this.flood();
      case 'submit-again':
        return this.again();
      case 'pause':
      case 'resume':
        return ofQueue(operation, this.random.pick(TENANTS) ?? 'default', this.random.pick(QUEUES) ?? 'default');
      case 'limit':
        return this.limit();
      case 'schedule':
        return this.schedule();
      case 'pause-schedule':
      case 'resume-schedule':
      case 'trigger-schedule':
        return this.ofSchedule(operation);
      case 'cancel':
      case 'retry':
      case 'read':
      case 'read-of-another-tenant':
        return this.ofJob(operation);
    }
  }

  /** The same limits again, and other turns: whatever is said of a queue, the index knows nothing of it for a moment. */
  private limit(): Call {
    const weights = { 'share-1': this.random.between(1, 3) };
    const priorityAging = this.random.chance(0.5) ? `${this.random.between(1, 5)}s` : null;
    return limitOf(this.random.pick(TENANTS) ?? 'default', { weights, priorityAging });
  }

  private ofJob(operation: OfJob): Call | undefined {
    const job = this.known.pick(this.random);
    if (!job) return undefined;
    const path = `/v1/jobs/${job.id}`;
    const of = { operation, tenant: job.tenant, jobs: [job.id], submitted: [] };
    if (operation === 'read') return { ...of, method: 'GET', path };
    if (operation !== 'read-of-another-tenant') return { ...of, method: 'POST', path: `${path}/${operation}` };
    return { ...of, method: 'GET', path, tenant: TENANTS.find((tenant) => tenant !== job.tenant) ?? job.tenant };
  }

  private ofSchedule(operation: OfSchedule): Call | undefined {
    const schedule = this.known.pickSchedule(this.random);
    if (!schedule) return undefined;
    const { tenant, name } = schedule;
    const path = `/v1/schedules/${name}/${operation.replace('-schedule', '')}`;
    return { operation, tenant, schedule: name, jobs: [], submitted: [], method: 'POST', path };
  }

  private schedule(): Call {
    const { tenant, body } = randomSchedule(this.random);
    const of = { operation: 'schedule', tenant, schedule: body.name, jobs: [], submitted: [] } as const;
    return { ...of, method: 'POST', path: '/v1/schedules', body };
  }

  private unique(): Call {
    const job = randomUniqueJob(this.random);
    return { ...submission('submit-unique', [job]), unique: job.unique };
  }

  /** Of jobs that will finish, whatever becomes of them: what waits for another time would keep it for the whole run. */
  private dependent(): Call | undefined {
    const { id, tenant, body } = randomJob(this.random);
    const others = this.known.pickSome(this.random, tenant, this.random.between(1, 3), willFinish);
    if (others.length === 0) return undefined;
    const dependsOn = others.map((other) => dependencyOn(other.id, this.random));
    return submission('submit-dependent', [{ id, tenant, body: { ...body, dependsOn } }]);
  }

  private workflow(): Call {
    const { tenant, jobs, body } = randomWorkflow(this.random);
    const of = { operation: 'workflow', tenant, submitted: jobs, jobs: jobs.map(({ id }) => id) } as const;
    return { ...of, method: 'POST', path: '/v1/workflows', body };
  }

  private batch(): Call {
    const tenant = this.random.pick(TENANTS) ?? 'default';
    const jobs = Array.from({ length: this.random.between(2, 12) }, () => ({ ...randomJob(this.random), tenant }));
    return submission('batch', jobs);
  }

  /** A hundred times what a call brings, of one tenant, all due at one instant. */
  private flood(): Call {
    const tenant = this.random.pick(TENANTS) ?? 'default';
    const runAt = new Date(Date.now() + this.random.between(0, 3_000)).toISOString();
    const jobs = Array.from({ length: FLOOD }, () => {
      const { id, body } = randomJob(this.random);
      return { id, tenant, body: { ...body, payload: { takes: 0 }, delay: undefined, deadline: undefined, runAt } };
    });
    return submission('flood', jobs);
  }

  private again(): Call | undefined {
    const job = this.known.takeUncertain();
    return job && submission('submit-again', [job]);
  }
}

export function ofQueue(operation: 'pause' | 'resume', tenant: string, queue: string): Call {
  const path = `/v1/queues/${queue}/${operation}`;
  return { operation, tenant, queue, jobs: [], submitted: [], method: 'POST', path };
}

export function limitOf(tenant: string, turns: object = {}): Call {
  const { queue, concurrency, rate } = LIMITED;
  const body = { limits: { concurrency, rate }, ...turns };
  return {
    operation: 'limit',
    tenant,
    queue,
    jobs: [],
    submitted: [],
    method: 'PATCH',
    path: `/v1/queues/${queue}`,
    body,
  };
}

function submission(operation: OperationName, submitted: readonly Submitted[]): Call {
  const bodies = submitted.map(({ body }) => body);
  const key = submitted[0]?.key;
  const isBatch = operation === 'batch' || operation === 'flood';
  return {
    operation,
    submitted,
    tenant: submitted[0]?.tenant ?? 'default',
    jobs: submitted.flatMap(({ id }) => (id === '' ? [] : [id])),
    method: 'POST',
    path: isBatch ? '/v1/jobs/batch' : '/v1/jobs',
    body: isBatch ? { jobs: bodies } : bodies[0],
    ...(key === undefined ? {} : { key }),
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Answer } from '../../e2e/harness/client.ts';
import type { DriverEvent, OperationName } from '../history/events.ts';
import type { EventLog } from '../history/event-log.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';
import { KnownJobs, type Submitted } from './known-jobs.ts';
import { insertBySql } from './plain-sql.ts';
import { randomJob, TENANTS } from './workload.ts';

interface Call {
  readonly operation: OperationName;
  readonly tenant: string;
  readonly jobs: readonly string[];
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

const CALLERS = 6;
const LONGEST_PAUSE_MS = 300;
const PATIENCE_MS = 12_000;
const WEIGHTS: Readonly<Record<OperationName, number>> = {
  submit: 55,
  batch: 8,
  'submit-again': 8,
  'insert-by-sql': 4,
  cancel: 9,
  retry: 6,
  read: 6,
  'read-of-another-tenant': 4,
};

/** Calls the API as many clients would, and writes down what it asked for and what became of it. */
export class Driver {
  private readonly system: System;
  private readonly log: EventLog<DriverEvent>;
  private readonly random: Random;
  private readonly known = new KnownJobs();
  private readonly clients = new Map<string, Client>();
  private calls = 0;

  constructor(system: System, log: EventLog<DriverEvent>, random: Random) {
    this.system = system;
    this.log = log;
    this.random = random;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (const tenant of TENANTS) this.clients.set(tenant, await Client.of('', tenant));
    await Promise.all(Array.from({ length: CALLERS }, () => this.callUntil(signal)));
  }

  /** One operation of a kind, for the moments in which it must be made. */
  async perform(operation: OperationName): Promise<void> {
    if (operation === 'insert-by-sql') return this.insertBySql();
    const call = this.callFor(operation);
    if (call) await this.call(call);
  }

  private async callUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.perform(this.random.weighted(WEIGHTS));
      await pause(this.random.between(10, LONGEST_PAUSE_MS));
    }
  }

  private callFor(operation: Exclude<OperationName, 'insert-by-sql'>): (Call & { submitted: Submitted[] }) | undefined {
    if (operation === 'submit') return submission('submit', [randomJob(this.random)]);
    if (operation === 'batch') return this.batch();
    if (operation === 'submit-again') return this.again();
    const job = this.known.pick(this.random);
    if (!job) return undefined;
    const of = { operation, tenant: job.tenant, jobs: [job.id], submitted: [] };
    if (operation === 'read') return { ...of, method: 'GET', path: `/v1/jobs/${job.id}` };
    if (operation !== 'read-of-another-tenant') {
      return { ...of, method: 'POST', path: `/v1/jobs/${job.id}/${operation}` };
    }
    const stranger = TENANTS.find((tenant) => tenant !== job.tenant) ?? job.tenant;
    return { ...of, tenant: stranger, method: 'GET', path: `/v1/jobs/${job.id}` };
  }

  private batch(): Call & { submitted: Submitted[] } {
    const tenant = this.random.pick(TENANTS) ?? 'default';
    const jobs = Array.from({ length: this.random.between(2, 12) }, () => ({ ...randomJob(this.random), tenant }));
    return submission('batch', jobs);
  }

  private again(): (Call & { submitted: Submitted[] }) | undefined {
    const job = this.known.takeUncertain();
    return job && submission('submit-again', [job]);
  }

  private async call(call: Call & { submitted: Submitted[] }): Promise<void> {
    const program = this.random.pick(this.system.running('api'));
    const client = this.clients.get(call.tenant);
    if (!program || !client) return;
    const number = (this.calls += 1);
    const { operation, tenant, jobs } = call;
    const tell = (event: Pick<DriverEvent, 'phase' | 'status' | 'detail' | 'job'>): void =>
      void this.log.append({ operation, call: number, tenant, jobs, ...event });
    tell({ phase: 'invoke', ...(call.body === undefined ? {} : { job: call.body }) });
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await client.at(program.url).call<unknown>(call.method, call.path, call.body, { signal });
      this.judge(call, answer, tell);
    } catch (error) {
      const wasSent = !causeOf(error).includes('ECONNREFUSED');
      tell({ phase: wasSent ? 'info' : 'fail', detail: causeOf(error) });
      if (wasSent) for (const job of call.submitted) if (operation !== 'batch') this.known.doubt(job);
    }
  }

  private judge(
    { operation, submitted }: { operation: OperationName; submitted: readonly Submitted[] },
    { status, body }: Answer<unknown>,
    tell: (event: Pick<DriverEvent, 'phase' | 'status' | 'detail' | 'job'>) => void,
  ): void {
    const { code, state } = (body ?? {}) as { code?: string; state?: string };
    const detail = code ?? state;
    const phase = phaseOf(operation, status);
    tell({ phase, status, ...(detail === undefined ? {} : { detail }) });
    if (phase === 'ok') for (const job of submitted) this.known.remember(job);
    if (phase === 'info' && operation !== 'batch') for (const job of submitted) this.known.doubt(job);
  }

  private async insertBySql(): Promise<void> {
    const job = randomJob(this.random);
    const event = { operation: 'insert-by-sql', call: (this.calls += 1), tenant: 'default', jobs: [job.id] } as const;
    this.log.append({ ...event, phase: 'invoke' });
    try {
      await insertBySql(this.system.ground.database.url, job.id);
      this.log.append({ ...event, phase: 'ok' });
    } catch (error) {
      this.log.append({ ...event, phase: 'info', detail: causeOf(error) });
    }
  }
}

function submission(operation: OperationName, submitted: Submitted[]): Call & { submitted: Submitted[] } {
  const bodies = submitted.map(({ body }) => body);
  return {
    operation,
    submitted,
    tenant: submitted[0]?.tenant ?? 'default',
    jobs: submitted.map(({ id }) => id),
    method: 'POST',
    path: operation === 'batch' ? '/v1/jobs/batch' : '/v1/jobs',
    body: operation === 'batch' ? { jobs: bodies } : bodies[0],
  };
}

/** A job that is there already when it is submitted again was accepted the first time. */
function phaseOf(operation: OperationName, status: number): 'ok' | 'fail' | 'info' {
  if (status < 300) return 'ok';
  if (operation === 'submit-again' && status === 409) return 'ok';
  if (operation === 'read-of-another-tenant' && status === 404) return 'ok';
  return status >= 500 ? 'info' : 'fail';
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause);
}

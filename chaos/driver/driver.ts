import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Answer } from '../../e2e/harness/client.ts';
import type { DriverEvent, OperationName } from '../history/events.ts';
import type { EventLog } from '../history/event-log.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';
import { KnownJobs, type Submitted } from './known-jobs.ts';
import { insertBySql } from './plain-sql.ts';
import { QUEUES, randomJob, randomKeyedJob, TENANTS } from './workload.ts';

interface Call {
  readonly operation: OperationName;
  readonly tenant: string;
  readonly jobs: readonly string[];
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly queue?: string;
  readonly submitted: readonly Submitted[];
}

type Told = Pick<DriverEvent, 'phase' | 'status' | 'detail' | 'job'> & { readonly jobs?: readonly string[] };

const CALLERS = 6;
const LONGEST_PAUSE_MS = 300;
const PATIENCE_MS = 12_000;
const PATIENT_TRIES = 50;
const WEIGHTS: Readonly<Record<OperationName, number>> = {
  submit: 45,
  'submit-with-key': 12,
  batch: 8,
  'submit-again': 8,
  'insert-by-sql': 4,
  cancel: 9,
  pause: 1,
  resume: 3,
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

  /** Every queue, until each answered: nothing that is paused would ever finish. */
  async resumeAll(): Promise<void> {
    for (const tenant of TENANTS) for (const queue of QUEUES) await this.callUntilOk(ofQueue('resume', tenant, queue));
  }

  private async callUntilOk(call: Call): Promise<void> {
    for (let time = 0; time < PATIENT_TRIES && !(await this.call(call)); time++) await pause(LONGEST_PAUSE_MS);
  }

  private async callUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.perform(this.random.weighted(WEIGHTS));
      await pause(this.random.between(10, LONGEST_PAUSE_MS));
    }
  }

  private callFor(operation: Exclude<OperationName, 'insert-by-sql'>): Call | undefined {
    switch (operation) {
      case 'submit':
        return submission(operation, [randomJob(this.random)]);
      case 'submit-with-key':
        return submission(operation, [randomKeyedJob(this.random)]);
      case 'batch':
        return this.batch();
      case 'submit-again':
        return this.again();
      case 'pause':
      case 'resume':
        return ofQueue(operation, this.random.pick(TENANTS) ?? 'default', this.random.pick(QUEUES) ?? 'default');
      case 'cancel':
      case 'retry':
      case 'read':
      case 'read-of-another-tenant':
        return this.ofJob(operation);
    }
  }

  private ofJob(operation: 'cancel' | 'retry' | 'read' | 'read-of-another-tenant'): Call | undefined {
    const job = this.known.pick(this.random);
    if (!job) return undefined;
    const path = `/v1/jobs/${job.id}`;
    const of = { operation, tenant: job.tenant, jobs: [job.id], submitted: [] };
    if (operation === 'read') return { ...of, method: 'GET', path };
    if (operation !== 'read-of-another-tenant') return { ...of, method: 'POST', path: `${path}/${operation}` };
    return { ...of, method: 'GET', path, tenant: TENANTS.find((tenant) => tenant !== job.tenant) ?? job.tenant };
  }

  private batch(): Call {
    const tenant = this.random.pick(TENANTS) ?? 'default';
    const jobs = Array.from({ length: this.random.between(2, 12) }, () => ({ ...randomJob(this.random), tenant }));
    return submission('batch', jobs);
  }

  private again(): Call | undefined {
    const job = this.known.takeUncertain();
    return job && submission('submit-again', [job]);
  }

  /** @returns whether it was answered well */
  private async call(call: Call): Promise<boolean> {
    const program = this.random.pick(this.system.running('api'));
    const client = this.clients.get(call.tenant);
    if (!program || !client) return false;
    const { method, path, body, key } = call;
    const tell = this.teller(call);
    tell({ phase: 'invoke', ...(body === undefined ? {} : { job: body }) });
    try {
      const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
      const signal = AbortSignal.timeout(PATIENCE_MS);
      return this.judge(
        call,
        await client.at(program.url).call<unknown>(method, path, body, { signal, headers }),
        tell,
      );
    } catch (error) {
      const wasSent = !causeOf(error).includes('ECONNREFUSED');
      tell({ phase: wasSent ? 'info' : 'fail', detail: causeOf(error) });
      if (wasSent) this.doubt(call);
      return false;
    }
  }

  private teller({ operation, tenant, jobs, key, queue }: Call): (event: Told) => void {
    const call = (this.calls += 1);
    const common = { operation, call, tenant, jobs, ...(key && { key }), ...(queue && { queue }) };
    return (event) => void this.log.append({ ...common, ...event });
  }

  private judge(call: Call, { status, body }: Answer<unknown>, tell: (event: Told) => void): boolean {
    const { code, state, id } = (body ?? {}) as { code?: string; state?: string; id?: string };
    const detail = code ?? state;
    const phase = phaseOf(call.operation, status, code);
    const known = call.key !== undefined && phase === 'ok' && id !== undefined ? [id] : call.jobs;
    tell({ phase, status, jobs: known, ...(detail === undefined ? {} : { detail }) });
    if (phase === 'ok') for (const job of call.submitted) this.known.remember({ ...job, id: job.id || (id ?? '') });
    if (phase === 'info') this.doubt(call);
    return phase === 'ok';
  }

  /** Only what stands alone is submitted again: a batch with an id that is taken says nothing of the others. */
  private doubt({ operation, submitted }: Call): void {
    if (operation !== 'batch') for (const job of submitted) this.known.doubt(job);
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

function submission(operation: OperationName, submitted: readonly Submitted[]): Call {
  const bodies = submitted.map(({ body }) => body);
  const key = submitted[0]?.key;
  return {
    operation,
    submitted,
    tenant: submitted[0]?.tenant ?? 'default',
    jobs: submitted.flatMap(({ id }) => (id === '' ? [] : [id])),
    method: 'POST',
    path: operation === 'batch' ? '/v1/jobs/batch' : '/v1/jobs',
    body: operation === 'batch' ? { jobs: bodies } : bodies[0],
    ...(key === undefined ? {} : { key }),
  };
}

function ofQueue(operation: 'pause' | 'resume', tenant: string, queue: string): Call {
  const path = `/v1/queues/${queue}/${operation}`;
  return { operation, tenant, queue, jobs: [], submitted: [], method: 'POST', path };
}

/** A job that is there already when it is submitted again was accepted the first time. */
function phaseOf(operation: OperationName, status: number, code: string | undefined): 'ok' | 'fail' | 'info' {
  if (status < 300) return 'ok';
  if (operation === 'submit-again' && code === 'id-taken') return 'ok';
  if (operation === 'read-of-another-tenant' && status === 404) return 'ok';
  return status >= 500 || code === 'key-under-way' ? 'info' : 'fail';
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause);
}

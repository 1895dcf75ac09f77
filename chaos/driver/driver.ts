import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Answer } from '../../e2e/harness/client.ts';
import type { DriverEvent, OperationName } from '../history/events.ts';
import type { EventLog } from '../history/event-log.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';
import { Backlog } from './backlog.ts';
import { Calls, limitOf, ofQueue, type Call } from './calls.ts';
import { KnownJobs } from './known-jobs.ts';
import { insertBySql } from './plain-sql.ts';
import { QUEUES, randomJob, TENANTS } from './workload.ts';

type Told = Pick<DriverEvent, 'phase' | 'status' | 'detail' | 'job'> & { readonly jobs?: readonly string[] };

const CALLERS = 6;
const LONGEST_PAUSE_MS = 300;
const PATIENCE_MS = 12_000;
const PATIENT_TRIES = 50;
const WEIGHTS: Readonly<Record<OperationName, number>> = {
  submit: 45,
  'submit-with-key': 12,
  'submit-unique': 8,
  'submit-dependent': 10,
  workflow: 3,
  batch: 8,
  flood: 0.3,
  'submit-again': 8,
  'insert-by-sql': 4,
  cancel: 9,
  pause: 1,
  resume: 3,
  limit: 0.5,
  retry: 6,
  schedule: 2,
  'pause-schedule': 0.7,
  'resume-schedule': 2,
  'trigger-schedule': 1,
  read: 6,
  'read-of-another-tenant': 4,
};

const MAKES_NO_JOBS: ReadonlySet<OperationName> = new Set([
  'cancel',
  'pause',
  'resume',
  'limit',
  'pause-schedule',
  'resume-schedule',
  'read',
  'read-of-another-tenant',
]);

/** The job that the answer is about may be another than the one that was thought up. */
const NAMED_BY_THE_ANSWER: readonly OperationName[] = ['trigger-schedule', 'submit-unique'];
const STANDS_ALONE: readonly OperationName[] = ['submit', 'submit-with-key', 'submit-dependent', 'submit-again'];

/** Calls the API as many clients would, and writes down what it asked for and what became of it. */
export class Driver {
  private readonly system: System;
  private readonly log: EventLog<DriverEvent>;
  private readonly random: Random;
  private readonly known = new KnownJobs();
  private readonly calls: Calls;
  private readonly backlog: Backlog;
  private readonly clients = new Map<string, Client>();
  private made = 0;

  constructor(system: System, log: EventLog<DriverEvent>, random: Random) {
    this.system = system;
    this.log = log;
    this.random = random;
    this.calls = new Calls(random, this.known);
    this.backlog = new Backlog(system.ground.database.url);
  }

  /** Before anything is broken or asked for. */
  async limitQueue(): Promise<void> {
    for (const tenant of TENANTS) {
      this.clients.set(tenant, await Client.of('', tenant));
      await this.callUntilOk(limitOf(tenant));
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.backlog.watch(signal), ...Array.from({ length: CALLERS }, () => this.callUntil(signal))]);
  }

  /** One operation of a kind, for the moments in which it must be made. */
  async perform(operation: OperationName): Promise<void> {
    if (operation === 'insert-by-sql') return this.insertBySql();
    const call = this.calls.of(operation);
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
      const operation = this.random.weighted(WEIGHTS);
      if (!this.backlog.isLong || MAKES_NO_JOBS.has(operation)) await this.perform(operation);
      await pause(this.random.between(10, LONGEST_PAUSE_MS));
    }
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

  private teller({ operation, tenant, jobs, key, queue, schedule, unique }: Call): (event: Told) => void {
    const call = (this.made += 1);
    const about = {
      ...(key && { key }),
      ...(queue && { queue }),
      ...(schedule && { schedule }),
      ...(unique && { unique }),
    };
    const common = { operation, call, tenant, jobs, ...about };
    return (event) => void this.log.append({ ...common, ...event });
  }

  private judge(call: Call, { status, body }: Answer<unknown>, tell: (event: Told) => void): boolean {
    const { code, state, id } = (body ?? {}) as { code?: string; state?: string; id?: string };
    const detail = code ?? state;
    const phase = phaseOf(call.operation, status, code);
    const named = call.key !== undefined || NAMED_BY_THE_ANSWER.includes(call.operation);
    const known = named && phase === 'ok' && id !== undefined ? [id] : call.jobs;
    tell({ phase, status, jobs: known, ...(detail === undefined ? {} : { detail }) });
    if (phase === 'ok') this.remember(call, id ?? '');
    if (phase === 'info') this.doubt(call);
    return phase === 'ok';
  }

  private remember({ operation, submitted, tenant, schedule }: Call, id: string): void {
    const named = submitted.length === 1 ? id : '';
    for (const job of submitted) this.known.remember({ ...job, id: named || job.id });
    if (operation === 'schedule' && schedule !== undefined) this.known.rememberSchedule({ tenant, name: schedule });
  }

  /** Only what stands alone is submitted again: a batch with an id that is taken says nothing of the others. */
  private doubt({ operation, submitted }: Call): void {
    if (STANDS_ALONE.includes(operation)) for (const job of submitted) this.known.doubt(job);
  }

  private async insertBySql(): Promise<void> {
    const job = randomJob(this.random);
    const event = { operation: 'insert-by-sql', call: (this.made += 1), tenant: 'default', jobs: [job.id] } as const;
    this.log.append({ ...event, phase: 'invoke' });
    try {
      await insertBySql(this.system.ground.database.url, job.id);
      this.log.append({ ...event, phase: 'ok' });
    } catch (error) {
      this.log.append({ ...event, phase: 'info', detail: causeOf(error) });
    }
  }
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

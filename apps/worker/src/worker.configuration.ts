import {
  COMMON_SETTINGS,
  commonConfiguration,
  duration,
  flag,
  integer,
  list,
  port,
  readConfiguration,
  weights,
} from '@holdfast/runtime';
import { JOB_DEFAULTS, OWN_QUEUE } from '@holdfast/domain';
import { registerAs, type ConfigType } from '@nestjs/config';
import { z } from 'zod';

export const WorkerSettings = z.object({
  ...COMMON_SETTINGS,
  WORKER_PORT: port(3002),
  /** Names of queues; `*` is all of them. */
  WORKER_QUEUES: list('*'),
  /** How many jobs run at once in this process. */
  WORKER_CONCURRENCY: integer(50, 1, 10_000),
  /** Shares of the starts of a queue that tenants have, where not all have the same: `acme=3, beta=0.5`. */
  TENANT_WEIGHTS: weights(),
  /** How many of them, at most, that crashed twice run at a time, each alone in a process. */
  ISOLATED_PROCESSES: integer(4, 1, 100),
  /** Crashes after which a job goes to the dead letters. */
  MAX_CRASHES: integer(JOB_DEFAULTS.maxCrashes, 1, 100),
  LEASE_TTL: duration('15s', { min: 1_000, max: 600_000 }),
  /** Default: a third of the lease, so that two renewals may fail. */
  LEASE_RENEW: duration('0ms', { min: 0, max: 300_000 }),
  /** How long running jobs may go on after SIGTERM. */
  SHUTDOWN_GRACE: duration('25s', { min: 0, max: 3_600_000 }),
  SMTP_URL: z.string().default('smtp://127.0.0.1:25'),
  SMTP_FROM: z.string().default('holdfast@localhost'),
  HTTP_ALLOW_PRIVATE: flag(false),
});

export const workerConfiguration = registerAs('worker', () => {
  const settings = readConfiguration(WorkerSettings);
  const renewMs = settings.LEASE_RENEW === 0 ? Math.floor(settings.LEASE_TTL / 3) : settings.LEASE_RENEW;
  if (renewMs * 2 > settings.LEASE_TTL) {
    throw new Error('LEASE_RENEW must be at most half of LEASE_TTL, or one lost renewal would lose the lease.');
  }
  return {
    ...commonConfiguration(settings),
    port: settings.WORKER_PORT,
    queues: withOwnQueue(settings.WORKER_QUEUES),
    concurrency: settings.WORKER_CONCURRENCY,
    tenantWeights: settings.TENANT_WEIGHTS,
    isolatedProcesses: settings.ISOLATED_PROCESSES,
    maxCrashes: settings.MAX_CRASHES,
    leaseMs: settings.LEASE_TTL,
    renewMs,
    shutdownGraceMs: settings.SHUTDOWN_GRACE,
    smtpUrl: settings.SMTP_URL,
    smtpFrom: settings.SMTP_FROM,
    httpAllowPrivate: settings.HTTP_ALLOW_PRIVATE,
  };
});

export type WorkerConfiguration = ConfigType<typeof workerConfiguration>;

/** Also a worker that serves few queues does what the system itself has to do. */
function withOwnQueue(queues: readonly string[]): readonly string[] {
  return queues.includes('*') || queues.includes(OWN_QUEUE) ? queues : [...queues, OWN_QUEUE];
}

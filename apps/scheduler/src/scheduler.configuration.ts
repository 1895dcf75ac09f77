import {
  COMMON_SETTINGS,
  commonConfiguration,
  duration,
  integer,
  port,
  readConfiguration,
  retention,
} from '@holdfast/runtime';
import { JOB_DEFAULTS } from '@holdfast/domain';
import { registerAs, type ConfigType } from '@nestjs/config';
import { z } from 'zod';

export const SchedulerSettings = z.object({
  ...COMMON_SETTINGS,
  SCHEDULER_PORT: port(3001),
  LEASE_TTL: duration('15s', { min: 1_000, max: 600_000 }),
  /** Workers that may be lost with a job before it goes to the dead letters. */
  MAX_CRASHES: integer(JOB_DEFAULTS.maxCrashes, 1, 100),
  /** How long finished jobs are kept. */
  RETENTION_SUCCEEDED: retention('7d'),
  RETENTION_CANCELLED: retention('7d'),
  RETENTION_EXPIRED: retention('7d'),
  RETENTION_DEAD: retention('90d'),
  /** How long transitions are kept that were written down. */
  RETENTION_JOURNAL: retention('7d'),
  /** How long an effect is remembered that must not happen twice. */
  RETENTION_EFFECTS: retention('90d'),
  /** How long is remembered what became of each tick of a schedule. */
  RETENTION_OCCURRENCES: retention('90d'),
});

export const schedulerConfiguration = registerAs('scheduler', () => {
  const settings = readConfiguration(SchedulerSettings);
  return {
    ...commonConfiguration(settings),
    port: settings.SCHEDULER_PORT,
    leaseMs: settings.LEASE_TTL,
    maxCrashes: settings.MAX_CRASHES,
    journalKeptMs: settings.RETENTION_JOURNAL,
    keptMs: {
      succeeded: settings.RETENTION_SUCCEEDED,
      dead: settings.RETENTION_DEAD,
      cancelled: settings.RETENTION_CANCELLED,
      expired: settings.RETENTION_EXPIRED,
    },
    effectsKeptMs: settings.RETENTION_EFFECTS,
    occurrencesKeptMs: settings.RETENTION_OCCURRENCES,
  };
});

export type SchedulerConfiguration = ConfigType<typeof schedulerConfiguration>;

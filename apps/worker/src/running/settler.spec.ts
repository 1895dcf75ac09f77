import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimedJob, Settlement } from '@holdfast/domain';
import type { JobSettlementStore } from '@holdfast/persistence';
import type { RedisReadyIndex } from '@holdfast/queue';
import type { PinoLogger } from 'nestjs-pino';
import type { JobTimes } from '../metrics/job-times.ts';
import type { LeaseKeeper } from '../leasing/lease-keeper.ts';
import type { HandlerRegistry } from '../handling/handler-registry.ts';
import { VitalSigns } from '../leasing/vital-signs.ts';
import { Attention } from './attention.ts';
import { HeldJobs } from './held-jobs.ts';
import { Settler } from './settler.ts';

const SILENT = { warn: () => undefined, info: () => undefined, debug: () => undefined, error: () => undefined };

describe('the settler, while MySQL takes no outcomes', () => {
  const lease = { workerId: 'w', isLost: false };
  let away: boolean;
  let recorded: Settlement[];
  let settler: Settler;

  beforeEach(() => {
    away = true;
    lease.isLost = false;
    recorded = [];
    const settle = (_: string, settlements: readonly Settlement[]): Promise<readonly Settlement[]> => {
      if (away) return Promise.reject(new Error('MySQL is away'));
      recorded.push(...settlements);
      return Promise.resolve(settlements);
    };
    settler = new Settler(
      { settle } as unknown as JobSettlementStore,
      {} as RedisReadyIndex,
      lease as unknown as LeaseKeeper,
      new HeldJobs(new Attention(), new VitalSigns({} as HandlerRegistry), {} as JobTimes),
      new Attention(),
      SILENT as unknown as PinoLogger,
    );
  });

  const finish = (n: number): void => {
    for (let id = 0; id < n; id++) {
      const job = { id: String(id), fence: 1 } as ClaimedJob;
      settler.settle({ job, outcome: { kind: 'succeeded', result: undefined } });
    }
  };

  it('keeps them, is full at last, and records each once when MySQL is back', async () => {
    finish(2_000);
    expect(settler.isFull).toBe(true);
    away = false;
    await settler.finish(30_000);
    expect(settler.isFull).toBe(false);
    expect(new Set(recorded.map(({ job }) => job.id)).size).toBe(2_000);
    expect(recorded).toHaveLength(2_000);
  });

  it('lets go of them when the lease under which they were reached is lost', async () => {
    finish(10);
    await Promise.resolve();
    lease.isLost = true;
    await settler.finish(30_000);
    expect(recorded).toEqual([]);
  });

  it('does not wait for MySQL for ever when the program is to end', async () => {
    finish(1);
    await settler.finish(1);
    expect(recorded).toEqual([]);
    away = false;
    await settler.finish(30_000);
    expect(recorded).toHaveLength(1);
  });
});

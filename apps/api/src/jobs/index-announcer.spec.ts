import { describe, expect, it } from '@jest/globals';
import type { IndexUpkeep, RedisReadyIndex } from '@holdfast/queue';
import { IndexAnnouncer } from './index-announcer.ts';

const ENTRY = {
  id: '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d',
  tenant: 'default',
  queue: 'default',
  priority: 0,
  runAt: 0,
};

describe('IndexAnnouncer', () => {
  const refuse = (): Promise<never> => Promise.reject(new Error('refused'));
  const away = {
    add: refuse,
    create: refuse,
    requestCancel: refuse,
    reportSchedule: refuse,
  } as unknown as RedisReadyIndex & IndexUpkeep;

  it('never fails whoever announces', async () => {
    const announcer = new IndexAnnouncer(away, away);
    announcer.announceJobs([ENTRY]);
    announcer.announceCancel(ENTRY.id);
    announcer.announceSchedule();
    await expect(announcer.createQueue('default')).resolves.toBeUndefined();
    await expect(announcer.onApplicationShutdown()).resolves.toBeUndefined();
  });

  it('lets no submission wait for an index that hangs', async () => {
    const hung = { create: () => new Promise<never>(() => undefined) } as unknown as IndexUpkeep;
    await expect(new IndexAnnouncer(away, hung).createQueue('default')).resolves.toBeUndefined();
  });

  it('tells as one what becomes known at once', async () => {
    const told: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const index = {
      add: (entries: unknown) => {
        told.push(entries);
        resolve(undefined);
        return promise;
      },
    } as unknown as RedisReadyIndex;
    const announcer = new IndexAnnouncer(index, away);
    for (const id of ['1', '2', '3']) {
      await Promise.resolve();
      announcer.announceJobs([{ ...ENTRY, id }]);
    }
    await promise;
    expect(told).toEqual([['1', '2', '3'].map((id) => ({ ...ENTRY, id }))]);
  });

  it('waits at the end for what it announced last', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const slow = { add: () => promise } as unknown as RedisReadyIndex;
    const announcer = new IndexAnnouncer(slow, away);
    announcer.announceJobs([ENTRY]);
    let stopped = false;
    const stop = announcer.onApplicationShutdown().then(() => (stopped = true));
    await new Promise((tick) => setImmediate(tick));
    expect(stopped).toBe(false);
    resolve(undefined);
    await stop;
  });
});

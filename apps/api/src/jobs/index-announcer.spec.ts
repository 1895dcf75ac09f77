import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RedisReadyIndex } from '@holdfast/queue';
import { Logger } from '@nestjs/common';
import { IndexAnnouncer } from './index-announcer.ts';

const ENTRY = { id: '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d', queue: 'default', priority: 0, runAt: 0 };

describe('IndexAnnouncer', () => {
  const said: string[] = [];
  let away = false;
  const answer = (): Promise<void> => (away ? Promise.reject(new Error('refused')) : Promise.resolve());
  const index = { add: answer, create: answer, requestCancel: answer } as unknown as RedisReadyIndex;

  beforeEach(() => {
    said.length = 0;
    away = false;
    const note = (level: string) => (): void => {
      said.push(level);
    };
    Logger.overrideLogger({ log: note('log'), warn: note('warn'), error: note('error') });
  });

  afterEach(() => {
    Logger.overrideLogger(['error']);
  });

  it('never fails whoever announces', async () => {
    away = true;
    const announcer = new IndexAnnouncer(index);
    announcer.announceJobs([ENTRY]);
    announcer.announceCancel(ENTRY.id);
    await expect(announcer.createQueue('default')).resolves.toBeUndefined();
    await expect(announcer.onApplicationShutdown()).resolves.toBeUndefined();
  });

  it('says once that the index went away, and once that it came back', async () => {
    const announcer = new IndexAnnouncer(index);
    for (const state of [false, true, true, true, false, false, true]) {
      away = state;
      await announcer.createQueue('default');
    }
    expect(said).toEqual(['warn', 'log', 'warn']);
  });

  it('waits at the end for what it announced last', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const slow = { add: () => promise } as unknown as RedisReadyIndex;
    const announcer = new IndexAnnouncer(slow);
    announcer.announceJobs([ENTRY]);
    let stopped = false;
    const stop = announcer.onApplicationShutdown().then(() => (stopped = true));
    await new Promise((tick) => setImmediate(tick));
    expect(stopped).toBe(false);
    resolve(undefined);
    await stop;
  });
});

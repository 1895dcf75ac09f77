import { describe, expect, it } from '@jest/globals';
import type { Standing } from '@holdfast/persistence';
import { REASON_CODES } from './explanation.ts';
import { reasonsOf } from './reasons.ts';
import type { Situation, Staff } from './situation.ts';

const NOW = Date.parse('2030-01-31T09:30:00Z');
const HOUR_MS = 3_600_000;
const at = (offset: number): Date => new Date(NOW + offset);

/** A job that is due, known to the index, and has a worker with a free slot. */
function situation(job: Partial<Situation['job']> = {}, others: Partial<Situation> = {}): Situation {
  const waiting = {
    id: 'job-1',
    state: 'pending',
    queue: 'mail',
    type: 'echo',
    runAt: at(-1),
    deadline: null,
    attempt: 0,
    maxAttempts: 5,
    crashes: 0,
    concurrencyKey: null,
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    workerId: null,
    error: null,
  } as const;
  return {
    now: NOW,
    job: { ...waiting, ...job },
    waitsFor: [],
    causes: [],
    pause: undefined,
    limits: [],
    before: undefined,
    staff: staff({}),
    holderAlive: true,
    place: { where: 'ready', position: 1 },
    horizonMs: HOUR_MS,
    ...others,
  };
}

const staff = (fields: Partial<Staff>): Staff => ({ alive: 2, serving: 2, able: 2, free: 1, capacity: 20, ...fields });
const PAUSE = { queue: 'mail', since: NOW - HOUR_MS, by: 'ops' };
const FAILED = { attempt: 2, error: { name: 'Error', message: 'no' } };
const RATE = { limit: 100, perMs: 60_000, burst: 1 };
const standing = (fields: Partial<Standing>): Standing => ({
  gate: { tenant: 'default' },
  limit: {},
  running: 0,
  nextStartAt: undefined,
  ...fields,
});
const ofKey = (fields: Partial<Standing>): Standing =>
  standing({ gate: { tenant: 'default', concurrencyKey: 'k' }, ...fields });
const NOWHERE = { where: 'nowhere' } as const;

const CASES: [string, Situation, string[]][] = [
  ['is due and has a worker', situation(), ['about-to-start']],
  ['is due later', situation({ runAt: at(1) }), ['due-later']],
  ['has failed and waits', situation({ ...FAILED, runAt: at(1) }), ['waiting-for-retry']],
  [
    'has lost its worker and waits',
    situation({ ...FAILED, attempt: 0, crashes: 1, runAt: at(1) }),
    ['waiting-for-retry'],
  ],
  ['has failed and is due', situation(FAILED), ['about-to-start']],
  ['is too late', situation({ deadline: at(0) }), ['past-deadline']],
  ['has a deadline ahead', situation({ deadline: at(1) }), ['about-to-start']],
  ['is in a paused queue', situation({}, { pause: PAUSE, place: NOWHERE }), ['queue-paused']],
  [
    'is in a full queue',
    situation({}, { limits: [standing({ limit: { concurrency: 5 }, running: 5 })] }),
    ['queue-limit'],
  ],
  [
    'shares a key with one that runs',
    situation({}, { limits: [ofKey({ limit: { concurrency: 1 }, running: 1 })] }),
    ['key-limit'],
  ],
  [
    'is in a queue that is not full',
    situation({}, { limits: [standing({ limit: { concurrency: 5 }, running: 4 })] }),
    ['about-to-start'],
  ],
  [
    'comes faster than its queue may',
    situation({}, { limits: [standing({ limit: { rate: RATE }, nextStartAt: NOW + 9 })] }),
    ['rate-limit'],
  ],
  ['keeps its order', situation({ concurrencyKey: 'k' }, { before: 'another' }), ['out-of-turn']],
  ['has no worker at all', situation({}, { staff: staff({ alive: 0, serving: 0, able: 0, free: 0 }) }), ['no-worker']],
  [
    'has no worker for its queue',
    situation({}, { staff: staff({ serving: 0, able: 0, free: 0 }) }),
    ['queue-not-served'],
  ],
  ['has no worker for its type', situation({}, { staff: staff({ able: 0, free: 0 }) }), ['type-unknown']],
  ['has only busy workers', situation({}, { staff: staff({ free: 0 }) }), ['slots-busy']],
  ['is due later and has only busy workers', situation({ runAt: at(1) }, { staff: staff({ free: 0 }) }), ['due-later']],
  ['is not in the index', situation({}, { place: NOWHERE }), ['not-indexed']],
  ['is due beyond the horizon', situation({ runAt: at(HOUR_MS + 1) }, { place: NOWHERE }), ['due-later']],
  ['is where the index cannot say', situation({}, { place: undefined }), ['about-to-start']],
  [
    'has everything against it',
    situation(
      { ...FAILED, runAt: at(1), deadline: at(-1) },
      { pause: PAUSE, staff: staff({ able: 0 }), place: NOWHERE },
    ),
    ['waiting-for-retry', 'past-deadline', 'queue-paused', 'type-unknown'],
  ],
  ['runs', situation({ state: 'running', workerId: 'w', startedAt: at(-5) }), ['running']],
  [
    'is to be cancelled while its worker is silent',
    situation(
      { state: 'running', workerId: 'w', startedAt: at(-5), cancelRequestedAt: at(-1) },
      { holderAlive: false },
    ),
    ['running', 'cancel-requested', 'worker-silent'],
  ],
  ['has succeeded', situation({ state: 'succeeded', finishedAt: at(-1) }, { pause: PAUSE }), ['succeeded']],
  ['is dead', situation({ state: 'dead', finishedAt: at(-1) }), ['dead']],
  ['is cancelled', situation({ state: 'cancelled', finishedAt: at(-1) }), ['cancelled']],
  ['has expired', situation({ state: 'expired', finishedAt: at(-1) }), ['expired']],
  ['waits for others', situation({ state: 'blocked' }), ['blocked']],
];

describe('why a job does not run', () => {
  it.each(CASES)('that %s', (_, given, codes) => {
    const reasons = reasonsOf(given);
    expect(reasons.map(({ code }) => code)).toEqual(codes);
    for (const { detail, remedy } of reasons)
      for (const text of [detail, remedy]) expect(text).toMatch(/^[A-Z\d].*\.$/);
  });

  it('names the jobs whose failure cancelled it', () => {
    const cause = { id: 'job-2', condition: 'succeeded', state: 'dead', runAt: NOW, isCause: true } as const;
    const [reason] = reasonsOf(situation({ state: 'cancelled', finishedAt: at(-1) }, { causes: [cause] }));
    expect(reason?.detail).toContain('for it needs the success of job-2 (dead).');
  });

  it('does not tell to retry what is refused a retry', () => {
    const retry = 'POST /v1/jobs/job-1/retry';
    const finished = { state: 'succeeded', finishedAt: at(-1) } as const;
    const remedies = ['echo', 'holdfast.retry'].map((type) => reasonsOf(situation({ ...finished, type }))[0]?.remedy);
    expect(remedies.map((remedy) => remedy?.includes(retry))).toEqual([true, false]);
  });

  it('knows a case of every reason', () => {
    expect(new Set(CASES.flatMap(([, , codes]) => codes))).toEqual(new Set(REASON_CODES));
  });
});

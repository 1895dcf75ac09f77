import type { Trap } from '../../chaos/system/proxy.ts';

/** A moment in a program's life, seen from outside by what it says to a server. */
export interface FaultPoint {
  readonly server: 'database' | 'redis';
  /** At the request the server never hears of it; at the answer it has done it, and the program never knows. */
  readonly at: Trap['at'];
  readonly matches: Trap['matches'];
}

/** The commit of the transaction that said so. */
function commitOf(statement: string, at: Trap['at']): FaultPoint {
  return {
    server: 'database',
    at,
    matches: (message, said) => message.endsWith('COMMIT') && said.includes(statement),
  };
}

const CLAIM = "SET state = 'running'";
const SETTLE = "SET state = 'succeeded'";
const RETRY = "SET jobs.state = 'pending'";
const REAP = "SET state = 'pending'";
const SUBMIT = 'INSERT INTO jobs';

export const WORKER_POINTS = {
  'before its claim is committed': commitOf(CLAIM, 'request'),
  'after its claim was committed, before the job starts': commitOf(CLAIM, 'answer'),
  'after the claim, before Redis forgets the hint': {
    server: 'redis',
    at: 'request',
    matches: (message) => message.includes('zrem') && message.includes(':taken'),
  },
  'after the effect, before its outcome is written': {
    server: 'database',
    at: 'request',
    matches: (message) => message.includes(SETTLE),
  },
  'before the outcome is committed': commitOf(SETTLE, 'request'),
  'after the outcome was committed': commitOf(SETTLE, 'answer'),
  'before a retry is committed': commitOf(RETRY, 'request'),
  'after a retry was committed, before the index is told': {
    server: 'redis',
    at: 'request',
    matches: addsToIndex,
  },
} as const satisfies Record<string, FaultPoint>;

export const API_POINTS = {
  'before its submission is committed': commitOf(SUBMIT, 'request'),
  'after its submission was committed, before the answer': commitOf(SUBMIT, 'answer'),
  'after its submission was committed, before the index is told': {
    server: 'redis',
    at: 'request',
    matches: addsToIndex,
  },
} as const satisfies Record<string, FaultPoint>;

export const SCHEDULER_POINTS = {
  'before it commits what it takes from lost workers': commitOf(REAP, 'request'),
  'after it committed that, before the index is told': commitOf(REAP, 'answer'),
} as const satisfies Record<string, FaultPoint>;

/** The last that is said: a proxy does not remember all that a thousand ticks need. */
const FIRE = 'UPDATE schedules SET runs';

export const FIRING_POINTS = {
  'before it commits what became of ticks': commitOf(FIRE, 'request'),
  'after it committed that, before the index is told': commitOf(FIRE, 'answer'),
} as const satisfies Record<string, FaultPoint>;

const STEP = 'INSERT INTO steps';
const EFFECT = 'UPDATE effects SET is_recorded';

export const RECORD_POINTS = {
  'before a step is recorded': commitOf(STEP, 'request'),
  /** By then its step was. */
  'before an effect is recorded': commitOf(EFFECT, 'request'),
  'after an effect was recorded': commitOf(EFFECT, 'answer'),
} as const satisfies Record<string, FaultPoint>;

/** The script that adds knows ready and delayed and where to publish; the one that takes names the generation as well. */
function addsToIndex(message: string): boolean {
  return message.includes('eval') && message.includes(':wake') && message.includes(':delayed');
}

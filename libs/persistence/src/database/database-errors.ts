/** MySQL could not be reached, or not in time. Whether the last statement took effect may be unknown. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** Deadlock, lock wait, changed since read (MariaDB 11.6.2 and later), busy lock, lock-service deadlock. */
const CONTENTION = new Set([1213, 1205, 1020, 3572, 3058]);

/** Read-only, as a replica or a demoted primary (1290, 1792, 1836); a node of Galera outside the majority (1047). */
const NO_PRIMARY = new Set([1047, 1290, 1792, 1836]);

/**
 * Too many connections (1040, 1203, 1226), shutdown (1053), a killed or timed-out statement or connection (1317, 1927,
 * 1969, 3024, 3169, 4031), a full disk (1021, 1030, 1114), a commit that failed, as on a node of Galera that loses the
 * majority meanwhile (1180).
 */
const PASSING_STATES = new Set([1021, 1030, 1040, 1053, 1114, 1180, 1203, 1226, 1317, 1927, 1969, 3024, 3169, 4031]);

const LOST_CONNECTION = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** A server that answers, and is not the one to write to: not now, or not any more. */
export function isNoPrimary(error: unknown): boolean {
  return NO_PRIMARY.has(errnoOf(error));
}

/** The transaction may be run again from its start. */
export function isRetryable(error: unknown): boolean {
  return isContention(error) || isUnavailable(error);
}

/** MySQL answered, and says that nothing was changed: somebody was in the way, or it is no primary. */
export function changedNothing(error: unknown): boolean {
  return isContention(error) || isNoPrimary(error);
}

function isContention(error: unknown): boolean {
  return CONTENTION.has(errnoOf(error));
}

/** MySQL is not there for us now: answer 503, keep what is in hand and try again. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailableError || isNoPrimary(error) || PASSING_STATES.has(errnoOf(error))) return true;
  return LOST_CONNECTION.has(codeOf(error)) || messageOf(error).includes('closed state');
}

/** JSON that a function cannot read; the CHECK constraints of both databases; a statement beyond max_allowed_packet. */
const REFUSED_DATA = new Set([1153, 3140, 3141, 3143, 3157, 3819, 4025, 4038]);

/** MySQL will never take these values: trying again is pointless. SQLSTATE class 22 is bad data, 23 a broken constraint. */
export function isRefusal(error: unknown): boolean {
  return REFUSED_DATA.has(errnoOf(error)) || /^2[23]/.test(sqlStateOf(error));
}

export function isDuplicateKey(error: unknown): boolean {
  return errnoOf(error) === 1062;
}

function errnoOf(error: unknown): number {
  const errno = fieldOf(error, 'errno');
  return typeof errno === 'number' ? errno : 0;
}

export function codeOf(error: unknown): string {
  const code = fieldOf(error, 'code');
  return typeof code === 'string' ? code : '';
}

function sqlStateOf(error: unknown): string {
  const state = fieldOf(error, 'sqlState');
  return typeof state === 'string' ? state : '';
}

function messageOf(error: unknown): string {
  const message = fieldOf(error, 'message');
  return typeof message === 'string' ? message : '';
}

function fieldOf(error: unknown, name: 'errno' | 'code' | 'message' | 'sqlState'): unknown {
  return typeof error === 'object' && error !== null && name in error
    ? (error as Record<string, unknown>)[name]
    : undefined;
}

import { randomBytes } from 'node:crypto';
import {
  isFinished,
  type Instant,
  type JobId,
  type JobState,
  type KeyHolder,
  type NewJob,
  type UniqueRule,
} from '@holdfast/domain';
import type { Row, Session } from '../database/database.ts';
import { digestOf, fromBytes, toBytes } from '../database/identifiers.ts';
import {
  CLAIM_UNIQUE_KEYS,
  INSERT_JOB_UNIQUE_KEYS,
  LET_UNIQUE_KEYS_GO,
  SELECT_HOLDERS,
  SELECT_JOB_UNIQUE_KEYS,
  TAKE_UNIQUE_KEYS,
} from '../statements/unique.ts';

/** A job that wants a key. */
export interface KeyClaim {
  readonly keyId: Buffer;
  readonly tenant: string;
  readonly name: string;
  readonly jobId: JobId;
  readonly heldForMs: number | undefined;
  /** From when on, if it is for so long. */
  readonly claimedAt: Instant;
  /** Tells this claim from that of another submission for a job of the same id. */
  readonly nonce: Buffer;
  /** Of a job that was there before: what it holds already is its own. */
  readonly isAgain: boolean;
}

/** The job that a key belongs to. */
export interface HolderRow extends Row {
  id: Buffer;
  job_id: Buffer;
  nonce: Buffer;
  /** Of a window: whether it goes on. */
  isWithin: 0 | 1 | null;
  /** null, as is all that follows: there is no such job any more. */
  state: JobState | null;
  queue: string;
  concurrency_key: string | null;
  fairness_key: string | null;
  type: string;
  priority: number;
  run_at: Date | null;
  generation: number;
  fence: number;
  revision: number;
}

/** Keys that this transaction has locked, and who holds them: nobody else can take one until it ends. */
export class UniqueKeys {
  private readonly taken = new Map<string, KeyClaim>();
  private readonly firsts = new Map<string, KeyClaim>();

  private constructor(
    private readonly rows: Map<string, HolderRow>,
    private readonly claims: readonly KeyClaim[],
  ) {}

  /** In the order of the keys, so that no two transactions wait for each other. */
  static async lock(session: Session, claims: readonly KeyClaim[]): Promise<UniqueKeys> {
    if (claims.length === 0) return new UniqueKeys(new Map(), []);
    const sorted = [...claims].sort((a, b) => a.keyId.compare(b.keyId));
    await session.change(CLAIM_UNIQUE_KEYS, [sorted.map(toRow)]);
    const rows = await session.rows<HolderRow>(SELECT_HOLDERS, [sorted.map(({ keyId }) => keyId)]);
    return new UniqueKeys(new Map(rows.map((row) => [row.id.toString('hex'), row])), claims);
  }

  /** Gives the job its key, if that is free. @returns whether it was */
  take(claim: KeyClaim): boolean {
    if (!this.mayTake(claim)) return false;
    const isFirst = this.holderOf(claim)?.nonce.equals(claim.nonce);
    (isFirst ? this.firsts : this.taken).set(claim.keyId.toString('hex'), claim);
    return true;
  }

  mayTake(claim: KeyClaim): boolean {
    if (this.takenBy(claim)) return false;
    const row = this.holderOf(claim);
    return row !== undefined && (row.nonce.equals(claim.nonce) || isFree(row, claim));
  }

  /** The job of this transaction that took the key. */
  takenBy({ keyId }: KeyClaim): KeyClaim | undefined {
    const key = keyId.toString('hex');
    return this.firsts.get(key) ?? this.taken.get(key);
  }

  /** Who keeps the job from its key. */
  whoHolds(claim: KeyClaim): KeyHolder {
    const taker = this.takenBy(claim);
    if (taker) return { key: claim.name, id: taker.jobId, state: 'pending', runAt: taker.claimedAt };
    const row = this.holderOf(claim);
    const id = row ? fromBytes(row.job_id) : claim.jobId;
    return { key: claim.name, id, state: row?.state ?? undefined, runAt: row?.run_at?.getTime() ?? 0 };
  }

  isTakenBy(claim: KeyClaim): boolean {
    return this.takenBy(claim)?.nonce.equals(claim.nonce) ?? false;
  }

  /** Who has had the key since before this transaction. */
  holderOf({ keyId }: KeyClaim): HolderRow | undefined {
    return this.rows.get(keyId.toString('hex'));
  }

  /** A holder as it is now that it is locked. */
  refresh(holder: HolderRow): void {
    for (const [key, row] of this.rows) {
      if (row.job_id.equals(holder.job_id)) this.rows.set(key, { ...row, ...holder });
    }
  }

  /** Keys that nobody had are written already. */
  async write(session: Session): Promise<void> {
    const rows = [...this.taken.values()].map(toRow);
    if (rows.length > 0) await session.change(TAKE_UNIQUE_KEYS, [rows]);
  }

  /** Keys that nobody had, and that no job of this transaction has taken after all. */
  async letGo(session: Session): Promise<void> {
    const isOurs = (claim: KeyClaim): boolean => this.holderOf(claim)?.nonce.equals(claim.nonce) ?? false;
    const left = this.claims.filter((claim) => isOurs(claim) && !this.takenBy(claim)).map(({ keyId }) => keyId);
    if (left.length > 0) await session.change(LET_UNIQUE_KEYS_GO, [left]);
  }
}

/** A window is held whatever becomes of its job; without one the job holds its key until it has finished. */
function isFree({ job_id, isWithin, state }: HolderRow, { jobId, isAgain }: KeyClaim): boolean {
  if (isAgain && fromBytes(job_id) === jobId) return true;
  if (isWithin !== null) return isWithin === 0;
  return state === null || isFinished(state);
}

export function claimOf(
  { id: jobId, tenant, createdAt: claimedAt }: NewJob,
  { key: name, heldForMs }: UniqueRule,
): KeyClaim {
  const keyId = digestOf(tenant, name);
  return { keyId, tenant, name, jobId, heldForMs, claimedAt, nonce: randomBytes(16), isAgain: false };
}

/** The keys that these jobs were submitted with, to be claimed again at `now`. */
export async function ownClaims(
  session: Pick<Session, 'rows'>,
  tenant: string,
  jobIds: readonly JobId[],
  now: Instant,
): Promise<KeyClaim[]> {
  if (jobIds.length === 0) return [];
  const rows = await session.rows<Row & { job_id: Buffer; key_id: Buffer; name: string; held_for_ms: number | null }>(
    SELECT_JOB_UNIQUE_KEYS,
    [jobIds.map(toBytes), tenant],
  );
  return rows.map(({ job_id, key_id, name, held_for_ms }) => ({
    keyId: key_id,
    tenant,
    name,
    jobId: fromBytes(job_id),
    heldForMs: held_for_ms ?? undefined,
    claimedAt: now,
    nonce: randomBytes(16),
    isAgain: true,
  }));
}

/** So that a job can ask for its key again when it is retried. */
export async function rememberKeys(session: Session, claims: readonly KeyClaim[]): Promise<void> {
  const rows = claims.map(({ jobId, keyId, tenant, name, heldForMs }) => [
    toBytes(jobId),
    keyId,
    tenant,
    name,
    heldForMs ?? null,
  ]);
  if (rows.length > 0) await session.change(INSERT_JOB_UNIQUE_KEYS, [rows]);
}

function toRow({ keyId, jobId, nonce, heldForMs, claimedAt }: KeyClaim): unknown[] {
  return [keyId, toBytes(jobId), nonce, heldForMs === undefined ? null : new Date(claimedAt + heldForMs)];
}

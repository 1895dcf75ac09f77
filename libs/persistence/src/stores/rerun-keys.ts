import type { Instant, JobId, KeyHolder } from '@holdfast/domain';
import type { Attempt, Session } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { findFollowers } from './followers.ts';
import { ownClaims, UniqueKeys, type KeyClaim } from './unique-keys.ts';

/** Jobs that are to run again, those that may come back with them, and the unique keys that they ask for. */
export interface RerunClaims {
  readonly ids: ReadonlySet<JobId>;
  readonly claims: readonly KeyClaim[];
}

export const NO_CLAIMS: RerunClaims = { ids: new Set(), claims: [] };

/** Read before the transaction, in which keys are locked before jobs. */
export async function claimsOfRerun(
  session: Pick<Session, 'rows'>,
  tenant: string,
  asked: readonly JobId[],
  now: Instant,
): Promise<RerunClaims> {
  const ids = new Set([...asked, ...(await findFollowers(session, asked.map(toBytes)))]);
  return { ids, claims: await ownClaims(session, tenant, [...ids], now) };
}

/** The keys of jobs that run again: locked, so that nobody else takes them meanwhile. */
export class RerunKeys {
  private constructor(
    private readonly keys: UniqueKeys,
    private readonly ids: ReadonlySet<JobId>,
    private readonly claims: ReadonlyMap<JobId, KeyClaim>,
  ) {}

  static async lock(session: Session, { ids, claims }: RerunClaims): Promise<RerunKeys> {
    const keys = await UniqueKeys.lock(session, claims);
    return new RerunKeys(keys, ids, new Map(claims.map((claim) => [claim.jobId, claim])));
  }

  /** Gives a job its key, if it had one. @returns the job that holds it, if that is another: then it has none */
  take(id: JobId): KeyHolder | undefined {
    const claim = this.claims.get(id);
    return claim === undefined || this.keys.take(claim) ? undefined : this.keys.whoHolds(claim);
  }

  /** Of some jobs those that cannot have their keys. One that nobody knew of when the keys were locked comes too late for its. */
  findWithout(ids: readonly JobId[]): JobId[] {
    const wanted = new Set<string>();
    return ids.filter((id) => {
      const claim = this.claims.get(id);
      if (!claim) return !this.ids.has(id);
      const key = claim.keyId.toString('hex');
      if (wanted.has(key) || !this.keys.mayTake(claim)) return true;
      wanted.add(key);
      return false;
    });
  }

  /** In doubt, keys that nobody took now may be those of jobs that the attempt before has started. */
  async write(session: Session, { doubtful }: Attempt): Promise<void> {
    await this.keys.write(session);
    if (!doubtful) await this.keys.letGo(session);
  }
}

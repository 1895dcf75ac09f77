import type { ClaimedJob, EffectClaim, JobEffects, RecordedEffect, WorkerId } from '@holdfast/domain';
import type { Database, Row, Session } from '../database/database.ts';
import { digestOf, toBytes } from '../database/identifiers.ts';
import {
  CLAIM_EFFECT,
  DELETE_OLD_EFFECTS,
  HOLD_JOB,
  RECORD_EFFECT,
  RELEASE_EFFECT,
  SELECT_EFFECT,
  SELECT_OLD_EFFECTS,
  TAKE_EFFECT_OVER,
} from '../statements/effect.ts';

interface EffectRow extends Row {
  job_id: Buffer;
  fence: number;
  is_recorded: 0 | 1;
  result: string | null;
  /** Whether the attempt that has it still runs. */
  is_running: 0 | 1;
}

/** A row for each effect: who does it, and then what came of it. */
export class EffectStore implements JobEffects {
  constructor(private readonly database: Database) {}

  /** Who only waits, or comes late, does no more than look. */
  async claim(workerId: WorkerId, job: ClaimedJob, name: string): Promise<EffectClaim> {
    const id = digestOf(job.tenant, name);
    const seen = await find(this.database, id);
    if (seen && !isOver(seen)) return toClaim(seen, job);
    return this.database.transaction(async (session) => {
      if (!(await holdsJob(session, workerId, job))) return { kind: 'job-lost' };
      await session.change(CLAIM_EFFECT, [id, job.tenant, name, toBytes(job.id), job.fence]);
      const row = await find(session, id);
      if (row && !isOver(row)) return toClaim(row, job);
      const values = [toBytes(job.id), job.fence, id, row?.job_id, row?.fence];
      return (await session.change(TAKE_EFFECT_OVER, values)) === 1 ? { kind: 'ours' } : { kind: 'under-way' };
    });
  }

  async record(
    workerId: WorkerId,
    job: ClaimedJob,
    name: string,
    effect: RecordedEffect,
  ): Promise<RecordedEffect | undefined> {
    const id = digestOf(job.tenant, name);
    return this.database.transaction(async (session) => {
      if (!(await holdsJob(session, workerId, job))) return undefined;
      const values = [effect.result ?? null, id, toBytes(job.id), job.fence];
      if ((await session.change(RECORD_EFFECT, values)) === 1) return effect;
      const row = await find(session, id); // by ourselves, when a commit's answer was lost
      return row?.is_recorded === 1 ? toEffect(row) : undefined;
    });
  }

  async release(job: ClaimedJob, name: string): Promise<void> {
    await this.database.change(RELEASE_EFFECT, [digestOf(job.tenant, name), toBytes(job.id), job.fence]);
  }

  /** @returns how many that were last touched so long ago were forgotten, at most `limit` */
  async prune(olderThanSeconds: number, limit: number): Promise<number> {
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_OLD_EFFECTS, [olderThanSeconds, limit]);
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id).sort((a, b) => a.compare(b));
    return this.database.change(DELETE_OLD_EFFECTS, [ids, olderThanSeconds]);
  }
}

async function holdsJob(session: Session, workerId: WorkerId, { id, fence }: ClaimedJob): Promise<boolean> {
  return (await session.rows(HOLD_JOB, [toBytes(id), toBytes(workerId), fence])).length > 0;
}

async function find(session: Pick<Session, 'rows'>, id: Buffer): Promise<EffectRow | undefined> {
  return (await session.rows<EffectRow>(SELECT_EFFECT, [id]))[0];
}

/** Nothing came of it, and nothing will. */
function isOver({ is_recorded, is_running }: EffectRow): boolean {
  return is_recorded === 0 && is_running === 0;
}

function toClaim(row: EffectRow, job: ClaimedJob): EffectClaim {
  if (row.is_recorded === 1) return { kind: 'recorded', effect: toEffect(row) };
  const isOurs = row.fence === job.fence && row.job_id.equals(toBytes(job.id));
  return { kind: isOurs ? 'ours' : 'under-way' };
}

function toEffect({ result }: EffectRow): RecordedEffect {
  return { result: result ?? undefined };
}

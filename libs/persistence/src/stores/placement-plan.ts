import type { IndexEntry, JobChange, JobId, NewJob, Placement } from '@holdfast/domain';
import { fromBytes } from '../database/identifiers.ts';
import { KeyHeldError } from './key-held-error.ts';
import { laneOf } from './lane-rows.ts';
import type { HolderRow, KeyClaim, UniqueKeys } from './unique-keys.ts';

export interface HolderChange {
  readonly holder: HolderRow;
  readonly tenant: string;
  readonly change: JobChange;
}

/** Decides, one after the other, what becomes of jobs that want keys; what was decided before counts. */
export class PlacementPlan {
  private readonly made = new Map<JobId, NewJob>();
  private readonly changed = new Map<JobId, HolderChange>();

  constructor(private readonly keys: UniqueKeys) {}

  /** What is to be inserted, each as the last of those that met it left it. */
  get jobs(): readonly NewJob[] {
    return [...this.made.values()];
  }

  /** What is to be changed of jobs that hold keys. */
  get changes(): readonly HolderChange[] {
    return [...this.changed.values()];
  }

  /** @throws KeyHeldError */
  place(job: NewJob, claim: KeyClaim | undefined): Placement {
    if (!claim || this.keys.take(claim)) {
      this.made.set(job.id, job);
      return { kind: 'made', id: job.id };
    }
    const holder = this.keys.whoHolds(claim);
    const choice = job.unique?.onConflict;
    if (choice === 'existing' && holder.state) return { kind: 'existing', id: holder.id };
    if (choice === 'replace' && this.replaceMade(holder.id, job)) return { kind: 'replaced', id: holder.id };
    const row = choice === 'replace' ? this.keys.holderOf(claim) : undefined;
    const entry = row && this.replaceStored(row, job);
    if (entry) return { kind: 'replaced', id: entry.id, entry };
    throw new KeyHeldError(job.id, holder);
  }

  /** One that this transaction makes. */
  private replaceMade(id: JobId, { type, payload, runAt, deadline }: NewJob): boolean {
    const made = this.made.get(id);
    if (made?.type !== type) return false;
    this.made.set(id, { ...made, payload, runAt, deadline });
    return true;
  }

  /** Only a job of the same type, and only while it waits. */
  private replaceStored(row: HolderRow, { tenant, type, payload, runAt, deadline }: NewJob): IndexEntry | undefined {
    if (row.state !== 'pending' || row.type !== type) return undefined;
    const id = fromBytes(row.job_id);
    this.changed.set(id, { holder: row, tenant, change: { payload, runAt, deadline: deadline ?? null } });
    return { ...laneOf({ ...row, tenant }), id, queue: row.queue, priority: row.priority, runAt };
  }
}

import { Injectable } from '@nestjs/common';
import type { ClaimRequest, JobId, WorkerId } from '@holdfast/domain';
import { HandlerRegistry } from '../handling/handler-registry.ts';
import { LeaseKeeper } from '../leasing/lease-keeper.ts';
import { Isolation } from '../isolation/isolation.ts';
import { HeldJobs } from './held-jobs.ts';

/** In whose name jobs are claimed, and what is held already. */
@Injectable()
export class ClaimContext {
  constructor(
    private readonly lease: LeaseKeeper,
    private readonly registry: HandlerRegistry,
    private readonly held: HeldJobs,
    private readonly isolation: Isolation,
  ) {}

  get workerId(): WorkerId {
    return this.lease.workerId;
  }

  /** A worker that is not sure of its lease starts nothing. */
  get mayClaim(): boolean {
    return this.lease.isHeld;
  }

  requestFor(queue: string): ClaimRequest {
    const { types } = this.registry;
    const alone = { fromCrashes: this.isolation.fromCrashes, room: this.isolation.free };
    return { workerId: this.lease.workerId, queue, types, alone };
  }

  heldIds(): ReadonlySet<JobId> {
    return this.held.ids();
  }

  isHeld(id: JobId): boolean {
    return this.held.has(id);
  }
}

import type { WorkerId, WorkerRegistration, WorkerRegistry } from '@holdfast/domain';
import type { Database } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { DELETE_WORKER, INSERT_WORKER } from '../statements/lease.ts';

export class WorkerStore implements WorkerRegistry {
  constructor(private readonly database: Database) {}

  async register(worker: WorkerRegistration): Promise<void> {
    await this.database.change(INSERT_WORKER, [
      toBytes(worker.id),
      worker.name,
      JSON.stringify(worker.queues),
      JSON.stringify(worker.types),
      worker.capacity,
      worker.leaseMs * 1000,
    ]);
  }

  async deregister(id: WorkerId): Promise<void> {
    await this.database.change(DELETE_WORKER, [toBytes(id)]);
  }
}

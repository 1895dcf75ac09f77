import { ScheduleStore, type ScheduleRecord } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { toPage, type Page } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import { viewOfSchedule, type Schedule, type ScheduleQuery } from './schedule-view.ts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Finds the schedules of a tenant. */
@Injectable()
export class ScheduleReader {
  constructor(private readonly store: ScheduleStore) {}

  /**
   * @param name or id
   * @throws Problem if this tenant has no such schedule
   */
  async read(tenant: string, name: string): Promise<ScheduleRecord> {
    const record = UUID.test(name)
      ? await this.store.findById(tenant, name)
      : await this.store.findByName(tenant, name);
    if (!record) throw unknownSchedule(name);
    return record;
  }

  async list(tenant: string, { limit, cursor = '' }: ScheduleQuery): Promise<Page<Schedule>> {
    return toPage(await this.store.list(tenant, cursor, limit + 1), limit, ({ name }) => name, viewOfSchedule);
  }
}

export function unknownSchedule(name: string): Problem {
  return new Problem('not-found', `There is no schedule ${name}.`);
}

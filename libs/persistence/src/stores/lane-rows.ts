import type { Lane } from '@holdfast/domain';
import type { Row } from '../database/database.ts';

export interface LaneColumns {
  readonly tenant: string;
  readonly concurrency_key: string | null;
  readonly fairness_key: string | null;
}

export type LaneRow = Row & LaneColumns;

/** Most jobs have no keys, and so no such fields. */
export function laneOf({ tenant, concurrency_key, fairness_key }: LaneColumns): Lane {
  return {
    tenant,
    ...(concurrency_key !== null && { concurrencyKey: concurrency_key }),
    ...(fairness_key !== null && { fairnessKey: fairness_key }),
  };
}

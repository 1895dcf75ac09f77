import type { JobId } from '@holdfast/domain';
import type { Row, Session } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import { SELECT_CANCELLED_DEPENDANTS } from '../statements/dependency.ts';
import { DECIDED_AT_ONCE } from './releases.ts';

/** Who was cancelled because these had failed, and because those were, and so on. */
export async function findFollowers(session: Pick<Session, 'rows'>, failed: readonly Buffer[]): Promise<JobId[]> {
  const found = new Set<JobId>();
  for (let level = failed; level.length > 0;) {
    const rows = await session.rows<Row & { id: Buffer }>(SELECT_CANCELLED_DEPENDANTS, [level, DECIDED_AT_ONCE]);
    const fresh = rows.filter(({ id }) => !found.has(fromBytes(id)));
    for (const { id } of fresh) found.add(fromBytes(id));
    level = fresh.map(({ id }) => id);
  }
  return [...found];
}

import { isFinished, type JobId, type KnownNode, type LinedNode } from '@holdfast/domain';
import type { Row, Session } from '../database/database.ts';
import { fromBytes, inIdOrder } from '../database/identifiers.ts';
import { SELECT_LINES } from '../statements/limits.ts';
import type { NodeRecord } from './workflow-rows.ts';

/**
 * What the jobs of a workflow still wait for, and in which lines they keep their order: first those that keep none, then each
 * line in its order. What has begun or finished waits for nothing.
 */
export async function readLines(
  session: Session,
  nodes: readonly NodeRecord[],
  known: readonly KnownNode[],
): Promise<LinedNode[]> {
  const waiting = new Set(nodes.flatMap(({ id, state }) => (state === 'blocked' ? [id] : [])));
  const unfinished = nodes.flatMap(({ id, state }) => (isFinished(state) ? [] : [id]));
  const lines = await findLines(session, unfinished);
  const placeOf = new Map([...lines.keys()].map((id, place) => [id, place]));
  return known
    .map(({ id, name, dependsOn }) => ({ id, name, dependsOn: waiting.has(id) ? dependsOn : [], line: lines.get(id) }))
    .sort((one, other) => (placeOf.get(one.id) ?? -1) - (placeOf.get(other.id) ?? -1));
}

/** In the order in which they start. */
async function findLines(session: Session, ids: readonly JobId[]): Promise<Map<JobId, string>> {
  if (ids.length === 0) return new Map();
  const rows = await session.rows<Row & { job_id: Buffer; line: string }>(SELECT_LINES, [inIdOrder(ids)]);
  return new Map(rows.map(({ job_id, line }) => [fromBytes(job_id), line]));
}

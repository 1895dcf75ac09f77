import { findCycle, type JobId, type WorkflowNode } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { SELECT_OPEN } from '../statements/dependency.ts';
import { GIVE_UP_ORDER, SELECT_LINES, SELECT_TURN } from '../statements/limits.ts';
import type { TurnRow } from './locked-gates.ts';

/** So many jobs are looked at, from those that hold others up. */
const LOOKED_AT = 2_000;

/** For whom a job waits: by dependencies, and by the order that it keeps. */
interface Waits {
  readonly open: Set<JobId>;
  readonly turn: JobId | undefined;
}

/**
 * Of some blocked jobs those whose turn it is and that wait for jobs that may not start before them, by whatever ways: none of
 * them would ever start. Submissions that by themselves make such a circle are refused; this one came together from several. A
 * job of it that has its turn gives it up, so that the others go on.
 *
 * @returns how many did
 */
export async function loosen(database: Database, blocked: readonly JobId[]): Promise<number> {
  const turns = await findTurns(database, blocked);
  const first = blocked.filter((id) => turns.get(id) === id);
  if (first.length === 0) return 0;
  const waits = await followWaits(database, first);
  let loosened = 0;
  for (let head = headOfCircle(waits); head !== undefined; head = headOfCircle(waits)) {
    loosened += await database.change(GIVE_UP_ORDER, [toBytes(head)]);
    for (const [id, { open, turn }] of waits) if (turn === head) waits.set(id, { open, turn: undefined });
  }
  return loosened;
}

/** The dependencies alone make no circle: in each, somebody waits for another's turn. */
function headOfCircle(waits: ReadonlyMap<JobId, Waits>): JobId | undefined {
  const nodes = [...waits].map(([name, { open, turn }]): WorkflowNode => {
    const others = [...open, ...(turn === undefined || open.has(turn) ? [] : [turn])];
    return { name, dependsOn: others.map((each) => ({ name: each, condition: 'finished' })) };
  });
  const circle = findCycle(nodes);
  return circle?.find((id, index) => index > 0 && waits.get(circle[index - 1] ?? '')?.turn === id);
}

async function followWaits(database: Database, from: readonly JobId[]): Promise<Map<JobId, Waits>> {
  const waits = new Map<JobId, Waits>();
  for (let level = [...from]; level.length > 0 && waits.size < LOOKED_AT;) {
    const turns = await findTurns(database, level);
    const open = await findOpen(database, level);
    for (const id of level) {
      const turn = turns.get(id);
      waits.set(id, { open: open.get(id) ?? new Set(), turn: turn === id ? undefined : turn });
    }
    const next = level.flatMap((id) => [...(waits.get(id)?.open ?? []), waits.get(id)?.turn ?? id]);
    level = [...new Set(next)].filter((id) => !waits.has(id));
  }
  return waits;
}

/** Of those that wait and keep an order: whose turn it is. */
async function findTurns(database: Database, ids: readonly JobId[]): Promise<Map<JobId, JobId>> {
  const lines = await database.rows<Row & { job_id: Buffer; gate_id: Buffer }>(SELECT_LINES, [inIdOrder(ids)]);
  if (lines.length === 0) return new Map();
  const gates = [...new Map(lines.map(({ gate_id }) => [gate_id.toString('hex'), gate_id])).values()];
  const rows = await database.rows<TurnRow>(gates.map(() => `(${SELECT_TURN})`).join(' UNION ALL '), gates);
  const turns = new Map(rows.map(({ gate_id, job_id }) => [gate_id.toString('hex'), fromBytes(job_id)]));
  return new Map(
    lines.flatMap(({ job_id, gate_id }) => {
      const turn = turns.get(gate_id.toString('hex'));
      return turn === undefined ? [] : [[fromBytes(job_id), turn] as const];
    }),
  );
}

async function findOpen(database: Database, ids: readonly JobId[]): Promise<Map<JobId, Set<JobId>>> {
  const rows = await database.rows<Row & { job_id: Buffer; depends_on: Buffer }>(SELECT_OPEN, [inIdOrder(ids)]);
  const open = Map.groupBy(rows, ({ job_id }) => fromBytes(job_id));
  return new Map([...open].map(([id, each]) => [id, new Set(each.map(({ depends_on }) => fromBytes(depends_on)))]));
}

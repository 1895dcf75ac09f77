import type { JobId } from '@holdfast/domain';
import { fromBytes, type Row } from '@holdfast/persistence';
import { BUSY_SCHEDULE } from './arrange.ts';
import type { System } from './system.ts';

/** Things that are there to be asked for. */
export interface Samples {
  /** Of the whole month. */
  readonly jobs: readonly JobId[];
  readonly byState: Readonly<Record<string, readonly JobId[]>>;
  readonly workflows: readonly JobId[];
  readonly largeWorkflow: JobId;
  /** Instants of the busy schedule. */
  readonly ticks: readonly string[];
  /** Numbers in the journal, old ones and the newest. */
  readonly events: readonly number[];
}

const SAMPLES = 100;
const STATES = ['blocked', 'pending', 'running', 'succeeded', 'dead', 'cancelled', 'expired'];

interface IdRow extends Row {
  id: Buffer;
}

export async function findSamples(system: System): Promise<Samples> {
  const ids = async (statement: string, values: readonly unknown[]): Promise<JobId[]> =>
    (await system.database.rows<IdRow>(statement, values)).map(({ id }) => fromBytes(id));
  const jobs: JobId[] = [];
  for (const near of await timesOfTheMonth(system)) jobs.push(...(await ids(NEAREST, [near])));
  const byState: Record<string, JobId[]> = {};
  for (const state of STATES) byState[state] = await ids(OF_STATE, [state, SAMPLES]);
  const [largeWorkflow = ''] = await ids(
    "SELECT id FROM workflows WHERE tenant = 'default' AND name = 'large' LIMIT 1",
    [],
  );
  const workflows = await ids("SELECT id FROM workflows WHERE tenant = 'default' AND name <> 'large' LIMIT ?", [
    SAMPLES,
  ]);
  return { jobs, byState, workflows, largeWorkflow, ticks: await findTicks(system), events: await findEvents(system) };
}

/** Ids that no job has, evenly over all there are. */
async function timesOfTheMonth({ database }: System): Promise<Buffer[]> {
  const [row] = await database.rows<Row & { first: Buffer; last: Buffer }>(
    'SELECT MIN(id) AS first, MAX(id) AS last FROM jobs',
  );
  if (!row) throw new Error('there are no jobs');
  const timeOf = (id: Buffer): number => id.readUIntBE(0, 6);
  const span = timeOf(row.last) - timeOf(row.first);
  return Array.from({ length: SAMPLES }, (_, n) => {
    const id = Buffer.alloc(16);
    id.writeUIntBE(timeOf(row.first) + Math.floor(((n * 37) % SAMPLES) * (span / SAMPLES)), 0, 6);
    return id;
  });
}

async function findTicks({ database }: System): Promise<string[]> {
  const rows = await database.rows<Row & { at: Date }>(TICKS, [BUSY_SCHEDULE, SAMPLES]);
  return rows.map(({ at }) => at.toISOString());
}

async function findEvents({ database }: System): Promise<number[]> {
  const [row] = await database.rows<Row & { oldest: number; newest: number }>(
    'SELECT MIN(id) AS oldest, MAX(id) AS newest FROM job_transitions',
  );
  const { oldest = 0, newest = 0 } = row ?? {};
  return Array.from({ length: SAMPLES }, (_, n) =>
    Math.floor(oldest + ((newest - oldest) * ((n * 37) % SAMPLES)) / SAMPLES),
  );
}

const NEAREST = "SELECT id FROM jobs FORCE INDEX (by_tenant) WHERE tenant = 'default' AND id >= ? ORDER BY id LIMIT 1";
const OF_STATE = "SELECT id FROM jobs FORCE INDEX (by_state) WHERE state = ? AND tenant = 'default' LIMIT ?";
const TICKS = `
  SELECT planned_at AS at FROM occurrences JOIN schedules ON schedules.id = occurrences.schedule_id
  WHERE schedules.name = ? ORDER BY planned_at DESC LIMIT ?`;

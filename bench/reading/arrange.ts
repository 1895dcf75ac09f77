import { until } from '../../e2e/harness/until.ts';
import { employ, liven, TICK, TICK_OFTEN } from './arrangements.ts';
import type { System } from './system.ts';

const INDEXED_WITHIN_MS = 300_000;
const SCHEDULES = 120;
/** As many as one request may have. */
const LARGE_WORKFLOW = 1_000;
const CHANGED = 'workers, schedules, occurrences, tally_slices, workflow_jobs, dependencies';
export const BUSY_SCHEDULE = 'schedule-0';

/** What is made new for every run: live workers, an index, recent minutes in the books; and, once, what only callers make. */
export async function arrange(system: System, tell: (line: string) => void): Promise<void> {
  tell('workers, schedules and a large workflow');
  await system.database.change(employ());
  if (await addSchedules(system)) await addLargeWorkflow(system);
  for (const book of ['each queue', 'the tenant'] as const) await system.database.change(liven(book));
  await system.database.rows(`ANALYZE TABLE ${CHANGED}`);
  tell('the index');
  await until('every queue is indexed', () => isNormal(system), INDEXED_WITHIN_MS);
  await system.stop(['scheduler']);
}

/** @returns whether they were not there yet */
async function addSchedules(system: System): Promise<boolean> {
  const client = await system.client();
  for (let n = 0; n < SCHEDULES; n++) {
    const body = { name: `schedule-${n}`, every: '1m', job: { type: 'echo' }, paused: true };
    const { status } = await client.call('POST', '/v1/schedules', body);
    if (status === 409) return false;
    if (status !== 201) throw new Error(`no schedule: ${status}`);
  }
  await system.database.change(TICK);
  await system.database.change(TICK_OFTEN, [BUSY_SCHEDULE]);
  return true;
}

/** A tree. */
async function addLargeWorkflow(system: System): Promise<void> {
  const client = await system.client();
  const nameOf = (n: number): string => `part-${n}`;
  const jobs = Object.fromEntries(
    Array.from({ length: LARGE_WORKFLOW }, (_, n) => [
      nameOf(n),
      { type: 'echo', delay: '30d', dependsOn: n === 0 ? [] : [nameOf((n - 1) >> 1)] },
    ]),
  );
  const { status, body } = await client.call('POST', '/v1/workflows', { name: 'large', jobs });
  if (status !== 201) throw new Error(`no workflow: ${status} ${JSON.stringify(body)}`);
}

async function isNormal(system: System): Promise<boolean> {
  const { body } = await (await system.client()).call<{ mode: string }>('GET', '/v1/system');
  return body.mode === 'normal';
}

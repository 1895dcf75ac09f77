import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Row } from '../database/database.ts';
import { newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import { NEW_JOB_COLUMNS, toRows } from './new-job-rows.ts';

/** Real servers, shared with whatever else runs on this machine. */
jest.setTimeout(60_000);

describe('the rows of new jobs', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  it('leave to the table only what the table puts there', async () => {
    const id = Buffer.alloc(16, 1);
    await store.database.change("INSERT INTO jobs (id, type) VALUES (?, 'echo')", [id]);
    const columns = NEW_JOB_COLUMNS.filter(({ fallback }) => fallback !== undefined);
    const names = columns.map(({ name }) => name).join(', ');
    const [row] = await store.database.rows<Row>(`SELECT ${names} FROM jobs WHERE id = ?`, [id]);
    expect(row).toEqual(Object.fromEntries(columns.map(({ name, fallback }) => [name, fallback])));
  });

  it('name a column as soon as one job of the batch has something else there', () => {
    const [plain, urgent] = [newJob(store.clock), newJob(store.clock, { priority: 7 })];
    expect(toRows([plain]).columns).not.toContain('priority');
    const { columns, rows } = toRows([plain, urgent]);
    expect(rows.map((row) => row[columns.indexOf('priority')])).toEqual([0, 7]);
  });
});

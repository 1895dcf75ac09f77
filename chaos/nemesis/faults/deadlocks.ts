import type { Connection } from 'mysql2/promise';
import type { Fault, Field } from '../fault.ts';
import { withAdmin } from './database.ts';

const ROUNDS = 12;
/** InnoDB ends the transaction that has changed less: with so many rows, never ours. */
const BALLAST_ROWS = 3_000;

/** Transactions that lock what ours lock, in the opposite order: counting first, jobs second. */
export const DEADLOCK_FAULTS: readonly Fault[] = [{ name: 'deadlocks', kind: 'server', inflict: collide }];

async function collide(field: Field): Promise<string | undefined> {
  field.begin('*');
  return withAdmin(field.system, async (admin) => {
    await admin.query('SET SESSION innodb_lock_wait_timeout = 3');
    await admin.query('CREATE TABLE IF NOT EXISTS chaos_ballast (n INT) ENGINE=InnoDB');
    const before = await deadlocks(admin);
    for (let round = 0; round < ROUNDS; round++) {
      // Now and then it is ours that is ended all the same.
      await crossing(admin, field).catch(() => undefined);
      await admin.query('ROLLBACK');
      await field.last(0.05);
    }
    const n = (await deadlocks(admin)) - before;
    return n > 0 ? `${n} deadlocks` : undefined;
  });
}

/** At REPEATABLE READ the end of an index is locked too, so that nobody can count meanwhile. */
async function crossing(admin: Connection, field: Field): Promise<void> {
  await admin.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await admin.query('START TRANSACTION');
  const rows = Array.from({ length: BALLAST_ROWS }, () => '(1)').join(',');
  await admin.query(`INSERT INTO chaos_ballast VALUES ${rows}`);
  await admin.query('SELECT id FROM tallies FOR UPDATE');
  await field.last(0.06);
  await admin.query("SELECT id FROM jobs WHERE state IN ('pending', 'running') FOR UPDATE");
}

async function deadlocks(admin: Connection): Promise<number> {
  const [status] = await admin.query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
  const [first] = status as { Value: string }[];
  if (first) return Number(first.Value);
  const [metrics] = await admin.query(
    "SELECT COUNT AS n FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'",
  );
  return (metrics as { n: number }[])[0]?.n ?? 0;
}

import type { Row } from '@holdfast/persistence';
import { ask } from './measure.ts';
import type { Read } from './reads.ts';
import type { System } from './system.ts';

/** How the database answers a read. */
export interface Plan {
  readonly statements: number;
  /** Entries of indexes and rows that were looked at, in all statements. */
  readonly looked: number;
  /** Which index of which table, for each step of each statement; "whole" where there is none. */
  readonly steps: readonly string[];
}

interface Step extends Row {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
}

const QUESTION = /^\(?\s*(SELECT|WITH)\b/;
/** The api looks after itself now and then, beside what it is asked. */
const NOBODY_ASKED = /^SELECT (UTC_TIMESTAMP|1\b)|FROM passes|@@|FROM queue_pauses WHERE revision/;

/** Listens to what each read asks the database, once, and has it explained. */
export async function explainReads(system: System, reads: readonly Read[]): Promise<Map<Read, Plan>> {
  const plans = new Map<Read, Plan>();
  for (const read of reads) plans.set(read, await explain(system, read));
  return plans;
}

async function explain(system: System, read: Read): Promise<Plan> {
  const statements = await listen(system, read);
  const steps = new Set<string>();
  let looked = 0;
  for (const statement of statements) {
    const plan = await system.database.rows<Step>(`EXPLAIN FORMAT=TRADITIONAL ${statement}`);
    for (const step of plan.filter(isStored)) steps.add(`${step.table ?? ''} ${indexOf(step)}`);
    looked += await lookedAtBy(system, statement);
  }
  return { statements: statements.length, looked, steps: [...steps] };
}

async function listen(system: System, read: Read): Promise<string[]> {
  const { database } = system;
  await database.change("SET GLOBAL log_output = 'TABLE'");
  await database.change('TRUNCATE TABLE mysql.general_log');
  await database.change('SET GLOBAL general_log = 1');
  try {
    await ask(system, read, 0);
  } finally {
    await database.change('SET GLOBAL general_log = 0');
  }
  const heard = await database.rows<Row & { argument: string | Buffer }>(HEARD);
  const statements = heard.map(({ argument }) => String(argument).trim());
  return statements.filter((statement) => QUESTION.test(statement) && !NOBODY_ASKED.test(statement));
}

const HEARD = `
  SELECT argument FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND thread_id <> CONNECTION_ID()`;

/** Not what an earlier step of the same statement gathered. */
function isStored({ table }: Step): boolean {
  return table !== null && !table.startsWith('<');
}

function indexOf({ type, key }: Step): string {
  return type === 'ALL' || key === null ? 'whole' : key;
}

async function lookedAtBy({ database }: System, statement: string): Promise<number> {
  const idle = await handlerReads(database);
  const before = await handlerReads(database);
  await database.rows(statement);
  const after = await handlerReads(database);
  return after - before - (before - idle);
}

/** Of this connection, of which there is one. */
async function handlerReads(database: System['database']): Promise<number> {
  const rows = await database.rows<Row & { Value: string }>("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}

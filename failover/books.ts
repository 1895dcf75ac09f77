import { existsSync, readFileSync } from 'node:fs';
import { sql } from '../chaos/system/servers.ts';
import { longestGap } from './load.ts';

/** What the database that survived knows of the jobs. */
export interface Books {
  /** Accepted, and not there. */
  readonly lost: readonly string[];
  readonly unfinished: number;
  readonly notSucceeded: number;
  /** Their success was recorded more than once. */
  readonly recordedTwice: number;
  /** Started more than once. */
  readonly startedAgain: number;
  /** The longest time in which no job finished, in milliseconds. */
  readonly idleMs: number;
  /** A step of theirs was executed more than once. */
  readonly stepsTwice: readonly string[];
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly fence: number;
  /** A decimal number of milliseconds. */
  readonly finished: string | null;
}

const SELECT_JOBS = `SELECT LOWER(HEX(id)) AS id, state, fence, UNIX_TIMESTAMP(finished_at) * 1000 AS finished FROM jobs`;
const SELECT_TWICE = `
  SELECT COUNT(*) AS n FROM
    (SELECT job_id FROM job_transitions WHERE event = 'succeed' GROUP BY job_id HAVING COUNT(*) > 1) AS twice`;

export async function readBooks(url: string, accepted: Iterable<string>, ledger: string): Promise<Books> {
  const rows = await sql<Row>(url, SELECT_JOBS);
  const [twice] = await sql<{ n: number }>(url, SELECT_TWICE);
  const known = new Set(rows.map(({ id }) => id));
  const finished = rows.flatMap(({ finished: at }) => (at === null ? [] : [Number(at)]));
  return {
    lost: [...accepted].filter((id) => !known.has(id.replaceAll('-', ''))),
    unfinished: rows.length - finished.length,
    notSucceeded: rows.filter(({ state }) => state !== 'succeeded').length,
    recordedTwice: twice?.n ?? 0,
    startedAgain: rows.filter(({ fence }) => fence > 1).length,
    idleMs: Math.round(longestGap(finished)),
    stepsTwice: repeatedSteps(ledger),
  };
}

export async function countUnfinished(url: string): Promise<number> {
  const [row] = await sql<{ n: number }>(url, "SELECT COUNT(*) AS n FROM jobs WHERE state IN ('pending', 'running')");
  return row?.n ?? 0;
}

/** Handlers say there what they do; it is no server's. */
function repeatedSteps(ledger: string): string[] {
  if (!existsSync(ledger)) return [];
  const steps = readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(' step'));
  return steps.filter((line, n) => steps.indexOf(line) < n);
}

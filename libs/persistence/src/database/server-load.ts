import { SELECT_HISTORY_LENGTH, SELECT_LONG_TRANSACTIONS, SHOW_CONNECTIONS } from '../statements/inspect.ts';
import type { Database, Row } from './database.ts';

export interface LongTransaction {
  readonly connection: number;
  readonly seconds: number;
  readonly locked: number;
}

/** What weighs on a server beyond us. What our user may not see is undefined. */
export interface ServerLoad {
  readonly longTransactions: readonly LongTransaction[] | undefined;
  readonly historyLength: number | undefined;
  readonly connections: number | undefined;
}

export async function readServerLoad(database: Database, longerThanSeconds: number): Promise<ServerLoad> {
  const [longTransactions, history, connections] = await Promise.all([
    ifPermitted(database.rows<Row & LongTransaction>(SELECT_LONG_TRANSACTIONS, [longerThanSeconds])),
    ifPermitted(database.rows<Row & { n: number }>(SELECT_HISTORY_LENGTH)),
    ifPermitted(database.rows<Row & { Value: string }>(SHOW_CONNECTIONS)),
  ]);
  return {
    longTransactions,
    historyLength: history?.[0]?.n,
    connections: connections?.[0] && Number(connections[0].Value),
  };
}

async function ifPermitted<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch(() => undefined);
}

import type { Fault } from './faulty-wire.ts';

const error = (errno: number, sqlState: string, message: string, endsTransaction = false): Fault => ({
  kind: 'error',
  errno,
  sqlState,
  message,
  endsTransaction,
});

/** What MySQL and the network may do to any one statement. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'deadlock (1213)': error(1213, '40001', 'Deadlock found when trying to get lock', true),
  'lock wait timeout (1205)': error(1205, 'HY000', 'Lock wait timeout exceeded'),
  'changed since last read (1020)': error(1020, 'HY000', 'Record has changed since last read', true),
  'node not ready (1047)': error(1047, '08S01', 'WSREP has not yet prepared node for application use'),
  'commit failed (1180)': error(1180, 'HY000', 'Got error 6 "No such device or address" during COMMIT', true),
  'interrupted (1317)': error(1317, '70100', 'Query execution was interrupted'),
  'read-only (1290)': error(1290, 'HY000', 'The MySQL server is running with the --read-only option'),
  'disk full (1114)': error(1114, 'HY000', 'The table is full'),
  'shutdown (1053)': error(1053, '08S01', 'Server shutdown in progress', true),
  'connection lost before it': { kind: 'lost-before' },
  'answer lost': { kind: 'lost-after' },
  'connection lost, statement still arriving': { kind: 'late' },
};

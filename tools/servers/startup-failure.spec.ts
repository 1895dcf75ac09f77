import { expect, test } from '@jest/globals';
import { PortInUse } from './problem.ts';
import { explainFailedStart } from './startup-failure.ts';

const FAILED = { name: 'the database server', directory: '/data', logFile: '/data/log', port: 4000 };

function explain(...tail: string[]): Error {
  return explainFailedStart({ ...FAILED, tail });
}

test.each([
  'InnoDB: Error number 28 means "No space left on device"',
  'mariadbd: Error writing file \'./x\' (Errcode: 28 "No space left on device")',
  'InnoDB: preallocating 12582912 bytes for file ./ibdata1 failed with error 28',
])('recognises a full disk in: %s', (line) => {
  expect(explain(line).message).toMatch(/^The disk that holds \/data has no room left/);
});

test.each([
  "Can't start server: Bind on TCP/IP port. Got error: 98: Address already in use",
  'Warning: Could not create server TCP listening socket 127.0.0.1:4000: bind: Address already in use',
])('recognises a port in use in: %s', (line) => {
  const problem = explain(line);
  expect(problem).toBeInstanceOf(PortInUse);
  expect(problem.message).toContain('4000');
});

test('recognises data that another server uses', () => {
  expect(explain('InnoDB: Unable to lock ./ibdata1 error: 11').message).toMatch(
    /^Another server uses the data in \/data/,
  );
});

test('shows the end of the log when it knows no better', () => {
  expect(explain('first', 'Table is crashed').message).toMatch(
    /ended before it was ready[^]*\/data\/log[^]*Table is crashed/,
  );
});

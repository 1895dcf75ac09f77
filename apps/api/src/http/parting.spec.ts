import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { partGently } from './parting.ts';

it('a connection that was opened and never used does not hold up a server that closes', async () => {
  const server = createServer((_, response) => response.end());
  partGently(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const unused = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(unused, 'connect');
  const closed = once(server, 'close');
  server.close();
  await once(unused, 'close');
  await closed;
  expect(server.listening).toBe(false);
});

import type { Pool, PoolConnection } from 'mysql2';
import { ask } from './session.ts';

/**
 * From now on the pool gives a new connection to nobody, TypeORM neither, before it has taken its settings: with others it
 * would work by rules that we do not count on. They are not put in front of its first statement: a connection that is
 * destroyed for what becomes of them forgets whoever waits behind them, for ever.
 */
export function setUpConnections(pool: Pool, settings: readonly string[], timeoutMs: number): void {
  const ready = new WeakSet<PoolConnection>();
  const give = pool.getConnection.bind(pool);
  pool.getConnection = (callback) =>
    give((error, connection) => {
      if (error || ready.has(connection)) {
        callback(error, connection);
        return;
      }
      ask(connection, settings.join(';\n'), timeoutMs).then(
        () => {
          ready.add(connection);
          callback(null, connection);
        },
        (refusal: unknown) => {
          connection.destroy();
          callback(refusal as NodeJS.ErrnoException, connection);
        },
      );
    });
}

import type { Pool, PoolConnection } from 'mysql2';

/** Knows which connections lead to a server that has been demoted since: it still answers questions, with old rows. */
export class ConnectionAges {
  private readonly openedAt = new WeakMap<object, number>();
  private distrustedUntil = -Infinity;

  /** From now on the pool gives nobody, TypeORM neither, a connection that is not trusted. */
  static of(pool: Pool): ConnectionAges {
    const ages = new ConnectionAges();
    const give = pool.getConnection.bind(pool);
    pool.on('connection', (connection) => ages.openedAt.set(connection, performance.now()));
    pool.getConnection = (callback) => give((error, connection) => ages.pass(pool, error, connection, callback));
    return ages;
  }

  /** A server said that it is no primary: whatever was opened before may lead there. */
  distrustAll(): void {
    this.distrustedUntil = performance.now();
  }

  private pass(
    pool: Pool,
    error: NodeJS.ErrnoException | null,
    connection: PoolConnection,
    callback: Parameters<Pool['getConnection']>[0],
  ): void {
    if (error || (this.openedAt.get(connection) ?? Infinity) > this.distrustedUntil) {
      callback(error, connection);
      return;
    }
    connection.destroy();
    pool.getConnection(callback);
  }
}

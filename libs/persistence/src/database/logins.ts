import type { Pool } from 'mysql2';
import type { Login } from './server-url.ts';

/** What mysql2 makes each of its connections from; it is not in its types. */
interface PoolWithSettings {
  readonly config: { readonly connectionConfig: object };
}

/** Every connection that the pool opens from now on logs in as is said at that moment: passwords change while programs run. */
export function logInBy(login: () => Login, pool: Pool): void {
  const { connectionConfig } = (pool as unknown as PoolWithSettings).config;
  Object.defineProperties(connectionConfig, {
    user: { get: () => login().user, enumerable: true },
    password: { get: () => login().password, enumerable: true },
  });
}

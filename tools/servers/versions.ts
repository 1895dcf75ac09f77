/** What a server calls itself and which version it is. */
export interface Product {
  name: 'MySQL' | 'MariaDB' | 'Redis' | 'Valkey';
  version: string;
}

const MINIMUM: Readonly<Record<Product['name'], string>> = {
  MySQL: '8.0',
  MariaDB: '10.6',
  Redis: '7.0',
  Valkey: '8.0',
};

export function isNewEnough(product: Product): boolean {
  const [major, minor] = numbersOf(product.version);
  const [leastMajor, leastMinor] = numbersOf(MINIMUM[product.name]);
  return major === leastMajor ? minor >= leastMinor : major > leastMajor;
}

/** `MariaDB 10.3.39 is too old: Holdfast needs MariaDB 10.6 or later.` */
export function tooOld(product: Product): string {
  return `${product.name} ${product.version} is too old: Holdfast needs ${product.name} ${MINIMUM[product.name]} or later.`;
}

/** Reads `SELECT VERSION()` as well as `mysqld --version`; MariaDB before 11 may put 5.5.5- in front. */
export function databaseProduct(text: string): Product | undefined {
  const mariadb = /(\d+\.\d+\.\d+)-MariaDB/i.exec(text);
  if (mariadb?.[1] !== undefined) return { name: 'MariaDB', version: mariadb[1] };
  const version = /\d+\.\d+\.\d+/.exec(text)?.[0];
  return version === undefined ? undefined : { name: 'MySQL', version };
}

/** Reads `INFO server` as well as `redis-server --version`. Valkey also reports the Redis version it is compatible with. */
export function redisProduct(text: string): Product | undefined {
  const valkey = /valkey_version:(\S+)/.exec(text)?.[1] ?? /valkey.*?v=(\S+)/i.exec(text)?.[1];
  if (valkey !== undefined) return { name: 'Valkey', version: valkey };
  const redis = /redis_version:(\S+)/.exec(text)?.[1] ?? /v=(\S+)/.exec(text)?.[1];
  return redis === undefined ? undefined : { name: 'Redis', version: redis };
}

function numbersOf(version: string): [number, number] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

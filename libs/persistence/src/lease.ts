/** What renewing a lease needs, and no more: a thread of its own loads it, which shall be small and start at once. */
export { Database } from './database/database.ts';
export { DATABASE_DEFAULTS } from './database/database-options.ts';
export { renewLease } from './stores/lease-renewal.ts';

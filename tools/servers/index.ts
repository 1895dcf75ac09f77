export { startDatabase, type ServerOptions } from './database.ts';
export { startRedis, type RedisOptions } from './redis.ts';
export { Server } from './server.ts';
export { ManagedProcess, type Exit, type ProcessSpec } from './managed-process.ts';
export { freePort } from './ports.ts';
export { stopOrphans, stopOwnProcesses } from './orphans.ts';
export { tailOf } from './log-tail.ts';
export { Problem } from './problem.ts';
export { HOLDFAST } from './paths.ts';

import path from 'node:path';

/** The top of this clone. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

/** Everything the tools keep lies here: data of the private servers, logs, the development secret. */
export const HOLDFAST = path.join(ROOT, '.holdfast');

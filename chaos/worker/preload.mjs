/**
 * Loaded before the worker's own main.js: gives HandlersModule the handlers of the chaos suite and leaves everything else
 * as it is shipped. The lease's thread needs none of it.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) await import('./add-handlers.ts');

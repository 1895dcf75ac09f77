import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Loaded before a worker: makes each of its threads take longer to start than the lease lasts. */
const STARTS_AFTER_MS = 6_000;

const until = performance.now() + STARTS_AFTER_MS;
if (!isMainThread) while (performance.now() < until);

import { CreateJobs1763700000000 } from './1763700000000-create-jobs.ts';

/** In the order in which they are applied. */
export const MIGRATIONS = [CreateJobs1763700000000];

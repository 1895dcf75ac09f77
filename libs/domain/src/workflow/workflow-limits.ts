/** The bounds of a workflow. Docs and validation name the same figures. */
export const WORKFLOW_LIMITS = {
  nameLength: 128,
  jobNameLength: 64,
  /** Submitted or added by one request. */
  jobsPerRequest: 1_000,
  /** In all, with those that were added later. */
  jobs: 5_000,
  /** In one request. A graph that is denser has the same order with a job in between. */
  dependencies: 20_000,
  /** Of a job that is submitted alone or in a batch. */
  dependenciesPerJob: 1_000,
} as const;

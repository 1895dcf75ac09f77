import type { JobId, KeyHolder } from '@holdfast/domain';

/** A job cannot be made, because another holds its unique key. Whatever was done with it is rolled back. */
export class KeyHeldError extends Error {
  override readonly name = 'KeyHeldError';

  constructor(
    /** The job that is not made. */
    readonly wantedBy: JobId,
    readonly holder: KeyHolder,
  ) {
    super(`the unique key '${holder.key}' is held by the job ${holder.id}`);
  }
}

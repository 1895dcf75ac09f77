/** What Holdfast does by jobs of its own. Nobody may submit or change one: a tenant's operator asks for it by name. */
export const OWN_TYPES = {
  retryDeadLetters: 'holdfast.dead-letters.retry',
  discardDeadLetters: 'holdfast.dead-letters.discard',
} as const;

/** Served by every worker, so that such a job does not wait behind others or for a worker that knows its queue. */
export const OWN_QUEUE = 'holdfast';

const OWN_PREFIX = 'holdfast.';

export function isOwnType(type: string): boolean {
  return type.startsWith(OWN_PREFIX);
}

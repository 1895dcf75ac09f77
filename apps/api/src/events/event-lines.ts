import type { Transition } from '@holdfast/persistence';
import { viewOfTransition } from './event-view.ts';

/** How long a client waits before it comes back: longer than a process that stops still takes to close its port. */
const RETRY_MS = 2_000;

/** Why what was asked for cannot be told without a gap. */
export type ResetReason = 'expired' | 'unknown' | 'overtaken';

/** The first lines of a stream: a client that is cut off before the first event resumes from here. */
export function openingLines(position: number): string {
  return `retry: ${RETRY_MS}\n${idLine(position)}`;
}

/** A comment, and how far the stream has come, so that what was not asked for is not looked at again. */
export function heartbeatLines(position: number): string {
  return `: heartbeat\n${idLine(position)}`;
}

export function transitionLines(transition: Transition): string {
  return `event: transition\ndata: ${JSON.stringify(viewOfTransition(transition))}\n${idLine(transition.id)}`;
}

export function resetLines(position: number, reason: ResetReason): string {
  return `event: reset\ndata: ${JSON.stringify({ reason })}\n${idLine(position)}`;
}

/** Without data clients remember the id, and their programs see no event. */
function idLine(id: number): string {
  return `id: ${id}\n\n`;
}

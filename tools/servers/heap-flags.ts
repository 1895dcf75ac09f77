/**
 * How V8 is asked to look after the heap of each program. With memory to spare it lets garbage lie, half a gigabyte a
 * process; asked to collect whenever what lives has grown by a third, it needs half of that, for a twelfth of the speed;
 * with a semi-space of 4 MB it would be a fifth. None of these is a limit: a heap that must be larger becomes larger, up
 * to what Node allows on this machine or in this container.
 */
export const HEAP_FLAGS = [
  '--max-semi-space-size=16',
  '--initial-old-space-size=64',
  '--heap-growing-percent=30',
] as const;

/** A thread that ends its process when the parent is gone, also while a handler keeps the event loop from noticing. */
const LOOK_EVERY_MS = 1_000;
const parent = process.ppid;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);

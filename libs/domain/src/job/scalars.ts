/** A UUID in its canonical, lower-case form. Ours are version 7, so they sort by time of submission. */
export type JobId = string;
export type WorkerId = string;

/** JSON text as it is stored and sent: parsed only by who needs to look inside. */
export type JsonText = string;

/** Epoch milliseconds by MySQL's clock. */
export type Instant = number;

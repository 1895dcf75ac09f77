/** What a run did, for the logs: each figure by its name. */
export type Counts = Readonly<Record<string, number>>;

/** A background duty. Any replica may run it; whatever it does is guarded, so a second run at the same time is harmless. */
export interface Pass {
  readonly name: string;
  readonly everyMs: number;
  run(signal: AbortSignal): Promise<Counts>;
}

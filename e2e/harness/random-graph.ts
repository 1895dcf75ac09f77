/** Jobs of a workflow by name, as they are submitted. */
export type Graph = Readonly<Record<string, GraphJob>>;

interface GraphJob {
  readonly type: string;
  readonly payload: object;
  readonly backoff: object;
  readonly dependsOn: readonly { readonly job: string; readonly on: 'succeeded' | 'finished' }[];
}

const WIDTH = 25;
const BEFORE = 3;
const BACKOFF = { strategy: 'fixed', delay: '100ms' };

/** A graph in layers: each job waits for a few of the layer before it, and some fail, for a while or for good. */
export function randomGraph(jobs: number, seed: number): Graph {
  const random = numbersFrom(seed);
  const width = Math.min(WIDTH, Math.ceil(Math.sqrt(jobs)));
  const entries = Array.from({ length: jobs }, (_, n): [string, GraphJob] => {
    const layer = Math.floor(n / width);
    const picked = Array.from({ length: BEFORE }, () => (layer - 1) * width + Math.floor(random() * width));
    const dependsOn = [...new Set(picked)]
      .filter(() => layer > 0)
      .map((other) => ({ job: `j${other}`, on: random() < 0.4 ? ('finished' as const) : ('succeeded' as const) }));
    return [`j${n}`, { ...work(random()), backoff: BACKOFF, dependsOn }];
  });
  return Object.fromEntries(entries);
}

function work(chance: number): Pick<GraphJob, 'type' | 'payload'> {
  if (chance < 0.1) return { type: 'fail', payload: { retry: false } };
  if (chance < 0.25) return { type: 'flaky', payload: { failures: 1 } };
  if (chance < 0.6) return { type: 'sleep', payload: { duration: `${Math.floor(chance * 500)}ms` } };
  return { type: 'echo', payload: {} };
}

/** How each job must end, told from the graph alone: nothing here knows how the product decides it. */
export function endsByPolicy(graph: Graph): Record<string, string> {
  const ends: Record<string, string> = {};
  for (const [name, { type, dependsOn }] of Object.entries(graph)) {
    const mayRun = dependsOn.every(({ job, on }) => on === 'finished' || ends[job] === 'succeeded');
    ends[name] = mayRun ? (type === 'fail' ? 'dead' : 'succeeded') : 'cancelled';
  }
  return ends;
}

/** The same numbers for the same seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

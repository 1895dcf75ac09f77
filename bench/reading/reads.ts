import { toCursor } from '../../apps/api/src/http/page.ts';
import { BUSY_SCHEDULE } from './arrange.ts';
import { LATECOMER } from './jobs.ts';
import type { Samples } from './samples.ts';

/** Something that the documentation lets a caller ask. */
export interface Read {
  readonly name: string;
  readonly tenant?: string;
  /** Of each round another one, where there are several. */
  readonly path: (round: number) => string;
  readonly headers?: (round: number) => Record<string, string>;
  /** A stream is read until its first event. */
  readonly isStream?: boolean;
}

const of = <T>(items: readonly T[], round: number): T => {
  const item = items[round % items.length];
  if (item === undefined) throw new Error('there is no such thing in this database');
  return item;
};
const plain = (path: string, tenant?: string): Read => ({
  name: `${path}${tenant === undefined ? '' : ` of ${tenant}`}`,
  path: () => path,
  ...(tenant === undefined ? {} : { tenant }),
});

const FILTERS = {
  queue: ['default', 'mail', 'rare'],
  type: ['echo', 'rare.type'],
  tag: ['tag-7', 'rare'],
  state: ['scheduled', 'ready', 'running', 'succeeded', 'blocked', 'dead', 'cancelled', 'expired'],
} as const;
/** Of every two filters a common mixture and one that finds little. */
const PAIRS = [
  'queue=mail&type=echo',
  'queue=rare&type=echo',
  'queue=default&tag=tag-7',
  'queue=default&tag=rare',
  'type=email.send&tag=tag-7',
  'type=rare.type&tag=tag-7',
  ...FILTERS.state.flatMap((state) => [
    `state=${state}&queue=mail`,
    `state=${state}&type=rare.type`,
    `state=${state}&tag=tag-7`,
  ]),
  'state=dead&queue=rare',
  'state=ready&queue=rare',
  'state=succeeded&queue=mail&type=http.request&tag=tag-7',
];

export function readsOf(samples: Samples): Read[] {
  return [
    ...listsOf(samples),
    ...jobReads(samples),
    ...systemReads(),
    ...scheduleReads(samples),
    ...workflowReads(samples),
  ];
}

function listsOf({ jobs }: Samples): Read[] {
  const single = Object.entries(FILTERS).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  const deep = ['', 'queue=mail', 'type=echo', 'tag=tag-7', 'state=succeeded', 'state=dead', 'state=scheduled'];
  return [
    plain('/v1/jobs'),
    plain('/v1/jobs?limit=200'),
    ...single.map((query) => plain(`/v1/jobs?${query}`)),
    ...PAIRS.map((query) => plain(`/v1/jobs?${query}`)),
    ...deep.map((query) => ({
      name: `/v1/jobs?${query}${query && '&'}cursor=…`,
      path: (round: number) => `/v1/jobs?${query}${query && '&'}cursor=${toCursor(of(jobs, round))}`,
    })),
    ...['succeeded', 'ready', 'scheduled', 'dead'].map((state) => plain(`/v1/jobs?state=${state}`, LATECOMER)),
    ...['', '?queue=mail', '?type=echo', '?tag=tag-7', '?queue=mail&type=rare.type'].map((query) =>
      plain(`/v1/dead-letters${query}`),
    ),
  ];
}

function jobReads({ jobs, byState, events }: Samples): Read[] {
  const each = (what: string): Read[] =>
    Object.entries(byState).map(([state, ids]) => ({
      name: `/v1/jobs/{id}${what} (${state})`,
      path: (round) => `/v1/jobs/${of(ids, round)}${what}`,
    }));
  return [
    { name: '/v1/jobs/{id}', path: (round) => `/v1/jobs/${of(jobs, round)}` },
    {
      name: '/v1/jobs/{id}/wait (finished)',
      path: (round) => `/v1/jobs/${of(byState['succeeded'] ?? [], round)}/wait`,
    },
    ...each('/explain'),
    { name: '/v1/jobs/{id}/logs', path: (round) => `/v1/jobs/${of(byState['running'] ?? [], round)}/logs` },
    {
      name: '/v1/events with Last-Event-ID, to the first event',
      path: () => '/v1/events',
      headers: (round) => ({ 'last-event-id': String(of(events, round)) }),
      isStream: true,
    },
  ];
}

function systemReads(): Read[] {
  const paths = ['stats', 'stats?queue=mail', 'queues', 'queues?limit=200', 'queues/mail', 'workers', 'system'];
  return [...paths.map((path) => plain(`/v1/${path}`)), plain('/v1/stats', LATECOMER), plain('/v1/queues', LATECOMER)];
}

function scheduleReads({ ticks }: Samples): Read[] {
  const busy = `/v1/schedules/${BUSY_SCHEDULE}`;
  return [
    ...['/v1/schedules', '/v1/schedules?limit=200', busy, `${busy}/preview`, `${busy}/occurrences`].map((path) =>
      plain(path),
    ),
    plain(`${busy}/occurrences?outcome=skipped`),
    plain(`${busy}/occurrences?outcome=queued`),
    {
      name: `${busy}/occurrences?from=…&until=…`,
      path: (round) => `${busy}/occurrences?from=${of(ticks, 99)}&until=${of(ticks, round % 50)}`,
    },
    { name: `${busy}/occurrences/{at}`, path: (round) => `${busy}/occurrences/${of(ticks, round)}` },
  ];
}

function workflowReads({ workflows, largeWorkflow }: Samples): Read[] {
  return [
    plain('/v1/workflows'),
    plain('/v1/workflows?limit=200'),
    { name: '/v1/workflows/{id}', path: (round) => `/v1/workflows/${of(workflows, round)}` },
    { name: '/v1/workflows/{id} (1,000 jobs)', path: () => `/v1/workflows/${largeWorkflow}` },
  ];
}

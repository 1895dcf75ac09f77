import { setTimeout as pause } from 'node:timers/promises';
import type { NemesisEvent } from '../history/events.ts';
import type { EventLog } from '../history/event-log.ts';
import type { Random } from '../random.ts';
import { LEASE_MS, type Ground, type System } from '../system/system.ts';
import type { Fault, Field } from './fault.ts';
import { CLOCK_FAULTS } from './faults/clocks.ts';
import { DATABASE_FAULTS } from './faults/database.ts';
import { DEADLOCK_FAULTS } from './faults/deadlocks.ts';
import { FAILOVER_FAULTS } from './faults/failovers.ts';
import { INDEX_FAULTS } from './faults/index.ts';
import { MIGRATION_FAULTS } from './faults/migrations.ts';
import { NETWORK_FAULTS } from './faults/networks.ts';
import { PROCESS_FAULTS } from './faults/processes.ts';

export const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...NETWORK_FAULTS,
  ...INDEX_FAULTS,
  ...FAILOVER_FAULTS,
  ...DATABASE_FAULTS,
  ...DEADLOCK_FAULTS,
  ...MIGRATION_FAULTS,
  ...CLOCK_FAULTS,
];

const TRIES = 3;
const KINDS = ['program', 'server'] as const;

/** Injects faults, two at a time at most, in an order that the seed decides: every one once before any comes again. */
export class Nemesis {
  private readonly system: System;
  private readonly log: EventLog<NemesisEvent>;
  private readonly random: Random;
  private readonly faults: readonly Fault[];

  constructor(system: System, log: EventLog<NemesisEvent>, random: Random, faults: readonly Fault[]) {
    this.system = system;
    this.log = log;
    this.random = random;
    this.faults = faults;
  }

  /** Ends, with everything whole again, when the fault that is under way at the signal is over. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(KINDS.map((kind) => this.runKind(kind, signal, this.random.fork())));
    for (const slot of this.system.slots) slot.clear();
  }

  private async runKind(kind: Fault['kind'], signal: AbortSignal, random: Random): Promise<void> {
    const faults = this.faults.filter((fault) => fault.kind === kind);
    let deck: Fault[] = [];
    while (!signal.aborted && faults.length > 0) {
      if (deck.length === 0) deck = shuffled(faults, random);
      const fault = deck.pop();
      if (fault) await this.inflict(fault, random);
      await pause(random.between(100, LEASE_MS));
    }
  }

  /** Again, a moment later, if it left no proof: its target may have ended by itself just then, or none may have run. */
  private async inflict(fault: Fault, random: Random): Promise<void> {
    for (let time = 1; time <= TRIES && !(await this.inflictOnce(fault, random)); time++) await pause(LEASE_MS);
  }

  private async inflictOnce(fault: Fault, random: Random): Promise<boolean> {
    let targets: readonly (number | '*')[] = [];
    const field: Field = {
      system: this.system,
      random,
      begin: (...suffering) => {
        targets = suffering;
        this.log.append({ fault: fault.name, phase: 'begin', targets });
      },
      last: (leases) => pause(leases * LEASE_MS),
    };
    const ended = await fault.inflict(field).then(
      (proof) => (proof === undefined ? {} : { proof }),
      (error: unknown) => ({ error: String(error) }),
    );
    this.log.append({ fault: fault.name, phase: 'end', targets, ...ended });
    return 'proof' in ended;
  }
}

/** The faults that can be done here, by name if names are given; the rest with the reason. */
export function choose(ground: Ground, names: readonly string[] | undefined): { faults: Fault[]; skipped: string[] } {
  const wanted = FAULTS.filter(({ name }) => names === undefined || names.some((part) => name.includes(part)));
  const skipped = wanted.flatMap(({ name, impossible }) => {
    const reason = impossible?.(ground);
    return reason === undefined ? [] : [`${name}: ${reason}`];
  });
  return { faults: wanted.filter(({ impossible }) => impossible?.(ground) === undefined), skipped };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

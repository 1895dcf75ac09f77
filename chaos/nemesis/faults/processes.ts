import type { ProgramName } from '../../../e2e/harness/program.ts';
import { until } from '../../../e2e/harness/until.ts';
import { pickRunning, running, type Fault, type Field, type Victim } from '../fault.ts';
import { processState } from '../process-state.ts';

const PROGRAMS: readonly ProgramName[] = ['api', 'scheduler', 'worker'];
/** Within one lease, beyond it, and long beyond it. */
const FREEZES = [0.5, 1.5, 2, 4] as const;

/** Programs that are killed, frozen and told to stop. */
export const PROCESS_FAULTS: readonly Fault[] = [
  ...PROGRAMS.map((name) => killed(name)),
  ...PROGRAMS.map((name) => allKilled(name)),
  ...FREEZES.map((leases) => frozen('worker', leases)),
  frozen('scheduler', 1.5),
  frozen('api', 1),
  ...PROGRAMS.map((name) => stopped(name)),
  { name: 'worker-stopped-twice', kind: 'program', inflict: stopTwice },
  { name: 'everything-restarted-in-turn', kind: 'program', inflict: restartInTurn },
];

function killed(name: ProgramName): Fault {
  return {
    name: `${name}-killed`,
    kind: 'program',
    inflict: async (field) => kill(field, [await pick(field, name)], field.random.next() * 2),
  };
}

function allKilled(name: ProgramName): Fault {
  return {
    name: `every-${name}-killed`,
    kind: 'program',
    inflict: (field) => kill(field, running(field.system.of(name)), field.random.next()),
  };
}

async function kill(field: Field, victims: readonly Victim[], leases: number): Promise<string | undefined> {
  field.begin(...victims.map(({ program }) => program.pid));
  const over = field.last(leases);
  for (const { slot } of victims) slot.holdUntil(over);
  await Promise.all(victims.map(({ program }) => program.kill()));
  await over;
  const pids = victims.map(({ program }) => program.pid).join(', ');
  return pids === '' ? undefined : `gone: ${pids}`;
}

function frozen(name: ProgramName, leases: number): Fault {
  const inflict = async (field: Field): Promise<string | undefined> => {
    const { program } = await pick(field, name);
    field.begin(program.pid);
    await program.signal('SIGSTOP');
    await field.last(leases);
    const state = processState(program.pid);
    await program.signal('SIGCONT');
    return state === 'T' ? `${program.pid} was stopped` : undefined;
  };
  return { name: `${name}-frozen-for-${leases}-leases`, kind: 'program', inflict };
}

function stopped(name: ProgramName): Fault {
  const inflict = async (field: Field): Promise<string> => {
    const { program } = await pick(field, name);
    field.begin(program.pid);
    await program.signal('SIGTERM');
    const { code } = await program.exited;
    return `${program.pid} ended with ${code ?? 'a signal'}`;
  };
  return { name: `${name}-stopped`, kind: 'program', inflict };
}

async function stopTwice(field: Field): Promise<string> {
  const { program } = await pick(field, 'worker');
  field.begin(program.pid);
  await program.signal('SIGTERM');
  await field.last(0.1);
  await program.signal('SIGTERM');
  const { code } = await program.exited;
  return `${program.pid} ended with ${code ?? 'a signal'}`;
}

async function restartInTurn(field: Field): Promise<string> {
  field.begin(...field.system.slots.flatMap(({ program }) => program?.pid ?? []));
  const replaced: number[] = [];
  for (const slot of field.system.slots) {
    const before = slot.program;
    if (!before) continue;
    await before.signal('SIGTERM');
    await before.exited;
    await until('it runs again', () => slot.runs(), 60_000);
    replaced.push(before.pid);
  }
  return `replaced: ${replaced.join(', ')}`;
}

function pick(field: Field, name: ProgramName): Promise<Victim> {
  return pickRunning(field, field.system.of(name));
}

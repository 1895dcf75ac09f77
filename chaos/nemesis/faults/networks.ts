import type { Proxy, Trap } from '../../system/proxy.ts';
import type { Weather } from '../../system/lane.ts';
import { needsOneRedis, pickRunning, type Fault, type Field } from '../fault.ts';

type Side = 'database' | 'redis';
const SIDES: readonly Side[] = ['database', 'redis'];
/** At each program. */
const MESSAGES_CUT = 4;
const BEGINS = 'START TRANSACTION';

/** What happens between one program and a server, or between all programs and it. */
export const NETWORK_FAULTS: readonly Fault[] = [
  ...SIDES.flatMap((side) =>
    [
      reset(side),
      refused(side),
      held(side, 'up'),
      held(side, 'down'),
      held(side, 'both'),
      delayed(side),
      heldForAll(side),
    ].map((fault) => (side === 'redis' ? { ...fault, impossible: needsOneRedis } : fault)),
  ),
  // Statements travel together: a message may begin a transaction, be all of it, or end it.
  cut('answers-to-commits-lost', 'commits took effect unheard', 'answer', isLast),
  cut('transactions-cut-after-their-beginning', 'transactions were left open', 'answer', isFirstOfSeveral),
  cut('transactions-cut-before-their-commit', 'commits never arrived', 'request', isLast),
  cut('answers-cut-in-half', 'answers broke off', 'half of the answer', (message) => message.includes(';\n')),
];

function reset(side: Side): Fault {
  const inflict = async (field: Field): Promise<string | undefined> => {
    const { slot, program } = await pickRunning(field, field.system.slots);
    const { pid } = program;
    field.begin(pid);
    let broken = 0;
    for (let n = 0; n < 4; n++) {
      broken += slot[side].reset();
      await field.last(0.1);
    }
    return broken > 0 ? `${broken} connections of ${pid} reset` : undefined;
  };
  return { name: `${side}-connections-reset`, kind: 'program', inflict };
}

function refused(side: Side): Fault {
  const inflict = async (field: Field): Promise<string | undefined> => {
    const { slot, program } = await pickRunning(field, field.system.slots);
    const { pid } = program;
    const before = slot[side].refused;
    field.begin(pid);
    slot[side].change({ refusing: true });
    slot[side].reset();
    await field.last(field.random.pick([0.5, 1.5]) ?? 1);
    slot[side].change({});
    const times = slot[side].refused - before;
    return times > 0 ? `${pid} was refused ${times} times` : undefined;
  };
  return { name: `${side}-refuses-a-program`, kind: 'program', inflict };
}

function held(side: Side, direction: 'up' | 'down' | 'both'): Fault {
  return oneProgram(`${side}-silent-${direction}`, side, { held: direction });
}

function delayed(side: Side): Fault {
  return oneProgram(`${side}-slow`, side, { delay: 120 });
}

function oneProgram(name: string, side: Side, weather: Weather): Fault {
  const inflict = async (field: Field): Promise<string | undefined> => {
    const { slot, program } = await pickRunning(field, field.system.slots);
    field.begin(program.pid);
    return endure(field, [slot[side]], weather, field.random.pick([0.5, 1.5, 3]) ?? 1);
  };
  return { name, kind: 'program', inflict };
}

/** Beyond a lease, so that every worker is taken for dead by those who judge too soon. */
function heldForAll(side: Side): Fault {
  const inflict = (field: Field): Promise<string | undefined> => {
    field.begin('*');
    const proxies = field.system.slots.map((slot) => slot[side]);
    return endure(field, proxies, { held: 'both' }, field.random.pick([0.7, 1.7]) ?? 1);
  };
  return { name: `${side}-silent-for-all`, kind: 'server', inflict };
}

async function endure(
  field: Field,
  proxies: readonly Proxy[],
  weather: Weather,
  leases: number,
): Promise<string | undefined> {
  for (const proxy of proxies) proxy.change(weather);
  let waited = 0;
  for (let n = 0; n < 10; n++) {
    await field.last(leases / 10);
    waited = Math.max(waited, ...proxies.map(({ waiting }) => waiting));
  }
  for (const proxy of proxies) proxy.change({});
  return waited > 0 ? `up to ${waited} messages waited` : undefined;
}

function isLast(message: string): boolean {
  return message.endsWith('COMMIT');
}

function isFirstOfSeveral(message: string): boolean {
  return message.includes(BEGINS) && !isLast(message);
}

function cut(name: string, proof: string, at: Trap['at'], matches: Trap['matches']): Fault {
  const inflict = async (field: Field): Promise<string | undefined> => {
    let times = 0;
    field.begin('*');
    const trap = { matches, at, spring: () => void (times += 1) };
    for (const { database } of field.system.slots) for (let n = 0; n < MESSAGES_CUT; n++) database.set({ ...trap });
    await field.last(1.5);
    for (const slot of field.system.slots) slot.database.clear();
    return times > 0 ? `${times} ${proof}` : undefined;
  };
  return { name, kind: 'program', inflict };
}

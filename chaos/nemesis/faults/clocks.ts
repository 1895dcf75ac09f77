import { existsSync } from 'node:fs';
import type { ProgramName } from '../../../e2e/harness/program.ts';
import { until } from '../../../e2e/harness/until.ts';
import { pickRunning, type Fault, type Field } from '../fault.ts';

const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
];
const LIBRARY = LIBRARIES.find((file) => existsSync(file));

/** A program whose clock is minutes wrong until it is next restarted. MySQL's clock decides, so nothing may come of it. */
export const CLOCK_FAULTS: readonly Fault[] = (['api', 'scheduler', 'worker'] as const).flatMap((name) => [
  shifted(name, 300),
  shifted(name, -300),
]);

function shifted(name: ProgramName, seconds: number): Fault {
  return {
    name: `clock-of-${name}-${seconds > 0 ? 'ahead' : 'behind'}`,
    kind: 'program',
    impossible: () =>
      LIBRARY === undefined ? 'libfaketime is not installed (Debian: apt-get install faketime)' : undefined,
    inflict: (field) => restartShifted(field, name, seconds),
  };
}

async function restartShifted(field: Field, name: ProgramName, seconds: number): Promise<string | undefined> {
  const { slot, program: before } = await pickRunning(field, field.system.of(name));
  field.begin(before.pid);
  slot.extra = {
    LD_PRELOAD: LIBRARY,
    FAKETIME: `${seconds > 0 ? '+' : ''}${seconds}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  await before.kill();
  await until(`the ${name} runs again`, () => slot.runs() && slot.program !== before, 60_000);
  await field.last(1);
  let off = NaN;
  const isOff = async (): Promise<boolean> => Math.abs((off = await secondsOff(slot.url)) - seconds) < 5;
  await until(`the clock of the ${name} is wrong`, isOff, 20_000); // other faults may just keep it from answering
  return `its clock is ${off} s off`;
}

async function secondsOff(url: string): Promise<number> {
  const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return Math.round((Date.parse(answer?.headers.get('date') ?? '') - Date.now()) / 1000);
}

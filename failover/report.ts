import type { Finding } from './trial.ts';

/** What a trial found, in lines for a person. */
export function tell(finding: Finding): string {
  const { scenario, how, accepted, refused, refusedMs, idleMs, takenOverAfterMs, normalAfterMs, modes, told } = finding;
  const { lost, startedAgain, stepsTwice, broken } = finding;
  return [
    `${broken.length === 0 ? '✓' : '✗'} ${scenario.name}: ${how}`,
    `    accepted ${accepted}, turned away ${refused}; lost ${lost.length}; started again ${startedAgain}; steps executed again ${stepsTwice.length}`,
    `    no submission accepted for ${inSeconds(refusedMs)}, no job finished for ${inSeconds(idleMs)}, normal after ${inSeconds(normalAfterMs)}`,
    `    another server had its place after ${inSeconds(takenOverAfterMs)}`,
    `    holdfast_mode showed ${modes.join(', ')}`,
    ...[...told].map(([name, by]) => `    ${name} grew by ${Number(by.toFixed(1))}`),
    ...broken.map((fault) => `    BROKEN: ${fault}`),
  ].join('\n');
}

function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

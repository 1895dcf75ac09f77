import type { RepairOutcome } from './diagnosis.ts';
import type { Finding, Report } from './finding.ts';

export function asText({ skipped }: Report, { repaired, remaining }: RepairOutcome): string {
  const lines = [...remaining]
    .sort((a, b) => a.severity.localeCompare(b.severity))
    .map(({ severity, check, what, advice, repair }) =>
      [
        `${severity.padEnd(7)}  ${check}: ${what}`,
        `         → ${advice}`,
        ...(repair ? ['         → repairable: --repair'] : []),
      ].join('\n'),
    );
  return [
    ...lines,
    ...repaired.map((what) => `repaired  ${what}`),
    ...skipped.map((what) => `not looked at: ${what}`),
    verdict(remaining),
  ].join('\n');
}

export function asJson({ skipped }: Report, { repaired, remaining }: RepairOutcome): string {
  const findings = remaining.map(({ severity, check, what, advice, repair }) => ({
    severity,
    check,
    what,
    advice,
    repairable: repair !== undefined,
  }));
  return JSON.stringify({ healthy: remaining.length === 0, findings, repaired, skipped }, undefined, 2);
}

function verdict(remaining: readonly Finding[]): string {
  if (remaining.length === 0) return 'Healthy.';
  const errors = remaining.filter(({ severity }) => severity === 'error').length;
  return `${counted(errors, 'error')}, ${counted(remaining.length - errors, 'warning')}.`;
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

import { Problem } from '../servers/problem.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `10s`, `5m`, `2h`, `1d` or integer milliseconds. */
export function parseDuration(option: string, text: string): number {
  const [, amount, unit = 'ms'] = /^(\d+)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (amount === undefined) throw new Problem(`${option} ${text} is not a duration such as 30m, 12h or 7d.`);
  return Number(amount) * (UNIT_MS[unit] ?? 1);
}

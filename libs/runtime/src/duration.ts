const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^(\d{1,15})(ms|s|m|h|d)$/;

export const DURATION_FORMS = '500ms, 10s, 5m, 2h, 1d or a whole number of milliseconds';

/** Milliseconds of `500ms`, `10s`, `5m`, `2h`, `1d` or a whole number of milliseconds; undefined for anything else. */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  const [, amount, unit] = FORM.exec(value) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const milliseconds = Number(amount) * UNITS[unit as keyof typeof UNITS];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
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

/** As it is written: in the largest unit of which it is a whole number, so `90s` and `365d`. */
export function formatDuration(milliseconds: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, each]) => milliseconds % each === 0 && milliseconds >= each) ?? [
    'ms',
    1,
  ];
  return `${milliseconds / size}${unit}`;
}

/** A cron expression, and beside it what it means, so that nobody has to read it. */
export interface Meant {
  readonly text: string;
  readonly seconds: ReadonlySet<number>;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** undefined: any. Where both days are given, either will do. */
  readonly days: ReadonlySet<number> | undefined;
  readonly weekdays: ReadonlySet<number> | undefined;
}

interface Field {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The same for the same seed. Most name times at night, where clocks are changed. */
export function* expressions(seed: number): Generator<Meant> {
  const random = randomOf(seed);
  const pick = <T>(...choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] as T;
  const between = (min: number, max: number): number => min + Math.floor(random() * (max - min + 1));
  const one = (min: number, max: number): Field => list([between(min, max)]);
  const some = (min: number, max: number): Field =>
    list(Array.from({ length: between(2, 4) }, () => between(min, max)));
  const range = (min: number, max: number): Field => {
    const from = between(min, max);
    return rangeOf(from, between(from, max));
  };
  for (;;) {
    const seconds = random() < 0.15 ? pick(one, some)(0, 59) : undefined;
    const minute = pick(
      () => one(0, 59),
      () => one(0, 59),
      () => some(0, 59),
      () => step(pick(15, 20, 30), 0, 59),
    )();
    const hour = pick(
      () => one(0, 3),
      () => one(0, 3),
      () => some(0, 4),
      () => range(0, 4),
      () => one(0, 23),
      () => step(pick(2, 3, 4, 6), 0, 23),
      () => every(0, 23),
    )();
    const day = random() < 0.25 ? pick(one, some, range)(1, 31) : undefined;
    const month =
      random() < 0.2
        ? pick(
            () => some(1, 12),
            () => range(1, 12),
            () => named(between(0, 11), MONTHS, 1),
          )()
        : every(1, 12);
    const weekday =
      random() < 0.3
        ? pick(
            () => some(0, 6),
            () => range(0, 6),
            () => named(between(0, 6), WEEKDAYS, 0),
          )()
        : undefined;
    const fields = [minute, hour, day ?? every(1, 31), month, weekday ?? every(0, 6)];
    yield {
      text: [...(seconds ? [seconds] : []), ...fields].map(({ text }) => text).join(' '),
      seconds: seconds?.values ?? new Set([0]),
      minutes: minute.values,
      hours: hour.values,
      months: month.values,
      days: day?.values,
      weekdays: weekday?.values,
    };
  }
}

function every(min: number, max: number): Field {
  return { ...rangeOf(min, max), text: '*' };
}

function step(by: number, min: number, max: number): Field {
  const values = [...rangeOf(min, max).values].filter((value) => (value - min) % by === 0);
  return { text: `*/${by}`, values: new Set(values) };
}

function list(values: readonly number[]): Field {
  return { text: values.join(','), values: new Set(values) };
}

function rangeOf(from: number, to: number): Field {
  const values = new Set(Array.from({ length: to - from + 1 }, (_, n) => from + n));
  return { text: `${from}-${to}`, values };
}

function named(index: number, names: readonly string[], first: number): Field {
  return { text: names[index] ?? '', values: new Set([index + first]) };
}

/** Numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

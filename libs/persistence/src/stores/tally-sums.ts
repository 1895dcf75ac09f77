/** The name under which the books keep what all queues of a tenant have together. */
export const EVERY_QUEUE = '';

const MILLISECONDS = {
  second: 1_000,
  'ten-seconds': 10_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const;
export type Span = keyof typeof MILLISECONDS;

/** Where the span begins that an instant lies in. All of them divide a day of UTC. */
export function startOf(span: Span, instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / MILLISECONDS[span]) * MILLISECONDS[span]);
}

interface Sum {
  readonly columns: readonly unknown[];
  n: number;
}

/** Numbers added up by what they were counted for. */
export class Sums {
  private readonly byKey = new Map<string, Sum>();
  private last: Sum | undefined;

  /** The jobs of a batch are mostly counted for the same. */
  add(columns: readonly (string | Date | null)[], n: number): void {
    if (this.last?.columns.every((column, index) => column === columns[index])) this.last.n += n;
    else this.last = this.addToKey(columns, n);
  }

  private addToKey(columns: readonly (string | Date | null)[], n: number): Sum {
    const key = columns.map((column) => (column instanceof Date ? column.getTime() : column)).join(' ');
    const sum = this.byKey.get(key) ?? { columns, n: 0 };
    sum.n += n;
    this.byKey.set(key, sum);
    return sum;
  }

  /** In one order everywhere, so that no two transactions wait for each other; what came to nothing is left out. */
  rows(): unknown[][] {
    return [...this.byKey.entries()]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([, { columns, n }]) => (n === 0 ? [] : [[...columns, n]]));
  }
}

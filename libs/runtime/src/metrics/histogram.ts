/** What the registry asks of a metric. */
interface MetricObject {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly values: { metricName: string; labels: Record<string, string>; value: number }[];
}

/**
 * A histogram that costs a few additions to observe: prom-client's own looks its labels up at every observation, which is
 * too dear where every job and every statement passes. It has at most one label.
 */
export class Histogram {
  private readonly byLabel = new Map<string, Observations>();

  /** @param buckets upper bounds, ascending */
  constructor(
    readonly name: string,
    readonly help: string,
    private readonly buckets: readonly number[],
    private readonly label?: string,
  ) {
    if (label === undefined) this.of('');
  }

  /** What is observed under one value of the label; worth keeping by whoever observes often. */
  of(value: string): Observations {
    const known = this.byLabel.get(value);
    if (known) return known;
    const observations = new Observations(this.buckets);
    this.byLabel.set(value, observations);
    return observations;
  }

  observe(value: number): void {
    this.of('').observe(value);
  }

  /** For the registry. */
  get(): Promise<MetricObject> {
    const values = [...this.byLabel].flatMap(([value, observations]) =>
      observations.lines(this.name, this.label === undefined ? {} : { [this.label]: value }),
    );
    return Promise.resolve({ name: this.name, help: this.help, type: 'histogram', values });
  }
}

export class Observations {
  private readonly counts: number[];
  private sum = 0;

  constructor(private readonly buckets: readonly number[]) {
    this.counts = Array.from({ length: buckets.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.buckets.length && value > (this.buckets[bucket] ?? Infinity)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
  }

  /** Prometheus counts in each bucket what is in the smaller ones, too. */
  lines(name: string, labels: Record<string, string>): MetricObject['values'] {
    let count = 0;
    const buckets = this.counts.map((n, index) => {
      count += n;
      const le = index < this.buckets.length ? String(this.buckets[index]) : '+Inf';
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

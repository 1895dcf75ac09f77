export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^(?<name>[a-z_]\w*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/i;
const LABEL = /(?<name>\w+)="(?<value>(?:[^"\\]|\\.)*)"/g;

/** What a program shows at /metrics; a line that Prometheus could not read is an error. */
export async function scrape(url: string): Promise<Sample[]> {
  const lines = (await read(url)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map(toSample);
}

/** The sum of what has these labels; undefined if nothing has. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** Everything that a program has a metric for, also where nothing happened yet. */
export async function familiesOf(url: string): Promise<string[]> {
  const text = await read(url);
  return [...text.matchAll(/^# TYPE (\S+) \S+$/gm)].map(([, family = '']) => family);
}

async function read(url: string): Promise<string> {
  const answer = await fetch(`${url}/metrics`);
  const type = answer.headers.get('content-type') ?? 'of no type';
  if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
  if (!type.startsWith('text/plain; version=0.0.4')) throw new Error(`/metrics is ${type}`);
  return answer.text();
}

function toSample(line: string): Sample {
  const { name = '', labels = '', value = '' } = SAMPLE.exec(line)?.groups ?? {};
  const number = value === '+Inf' ? Infinity : Number(value);
  if (name === '' || Number.isNaN(number)) throw new Error(`not a sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(({ groups }) => [groups?.['name'] ?? '', groups?.['value'] ?? '']);
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: number };
}

/** A line of a panel, under the name that its legend has. */
export interface DrawnSeries {
  readonly name: string;
  /** Seconds and a number as text. */
  readonly values: readonly (readonly [number, string])[];
}

export interface DrawnPanel {
  readonly title: string;
  /** As Grafana calls it. */
  readonly unit: string;
  readonly series: readonly DrawnSeries[];
}

const COLUMNS = 3;
const PANEL = { width: 380, height: 170, gap: 16, title: 22, legend: 20 } as const;
const COLOURS = ['#3366cc', '#dc3912', '#109618', '#ff9900', '#990099', '#0099c6', '#dd4477', '#66aa00'];
/** What fits under a chart. */
const LEGEND_LENGTH = 62;

/** Draws what a dashboard's queries answered, a small chart for each panel: for documents, where there is no Grafana. */
export function draw(panels: readonly DrawnPanel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const width = COLUMNS * (PANEL.width + PANEL.gap) + PANEL.gap;
  const height = rows * (PANEL.height + PANEL.gap) + PANEL.gap;
  const charts = panels.map((panel, index) => {
    const x = PANEL.gap + (index % COLUMNS) * (PANEL.width + PANEL.gap);
    const y = PANEL.gap + Math.floor(index / COLUMNS) * (PANEL.height + PANEL.gap);
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#f4f4f6"/>`,
    ...charts,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, unit, series }: DrawnPanel): string {
  const lines = series.map(({ values }) => values.map(([at, value]) => ({ at, value: Number(value) })));
  const points = lines.flat().filter(({ value }) => Number.isFinite(value));
  const most = Math.max(...points.map(({ value }) => value), 0);
  const first = Math.min(...points.map(({ at }) => at));
  const last = Math.max(...points.map(({ at }) => at), first + 1);
  const { width, height, title: top, legend } = PANEL;
  const floor = height - legend;
  const place = ({ at, value }: { at: number; value: number }): string =>
    `${round(((at - first) / (last - first)) * width)},${round(floor - (Math.max(0, value) / (most || 1)) * (floor - top - 8))}`;
  const paths = lines.map((line, index) => {
    const drawn = line.filter(({ value }) => Number.isFinite(value)).map(place);
    return drawn.length === 0
      ? ''
      : `<polyline points="${drawn.join(' ')}" fill="none" stroke="${colourOf(index)}" stroke-width="1.5"/>`;
  });
  return [
    `<rect width="${width}" height="${height}" fill="#fff" stroke="#ddd"/>`,
    `<line x2="${width}" y1="${floor}" y2="${floor}" stroke="#ddd"/>`,
    ...paths,
    `<text x="8" y="15" font-weight="bold">${title}</text>`,
    `<text x="${width - 8}" y="15" text-anchor="end" fill="#777">to ${withUnit(most, unit)}</text>`,
    `<text y="${height - 6}" font-size="10">${legendOf(series)}</text>`,
  ].join('');
}

/** As many names as fit, the highest lines first. */
function legendOf(series: readonly DrawnSeries[]): string {
  const names = series
    .map(({ name, values }, index) => ({
      name,
      index,
      last: Math.max(...values.map(([, value]) => Number(value) || 0)),
    }))
    .sort((a, b) => b.last - a.last);
  const lengths = names.map((_, n) => names.slice(0, n + 1).reduce((sum, { name }) => sum + name.length + 2, 0));
  const shown = Math.max(1, lengths.filter((length) => length <= LEGEND_LENGTH).length);
  const more = names.length > shown ? `<tspan dx="8" fill="#777">and ${names.length - shown} more</tspan>` : '';
  return names
    .slice(0, shown)
    .map(({ name, index }) => `<tspan dx="8" fill="${colourOf(index)}">${escape(name)}</tspan>`)
    .join('')
    .concat(more);
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '';
}

function withUnit(value: number, unit: string): string {
  if (unit === 'bytes') return `${Math.round(value / 1e6)} MB`;
  if (unit === 'percentunit') return `${Math.round(value * 100)} %`;
  if (unit === 's' && value < 1) return `${Number((value * 1_000).toPrecision(2))} ms`;
  const number = String(Number(value.toPrecision(3)));
  if (unit === 's') return `${number} s`;
  return unit === 'ops' || unit === 'reqps' ? `${number} a second` : number;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

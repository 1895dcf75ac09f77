import type { ResultSeries } from './prometheus.ts';

export interface DrawnPanel {
  readonly title: string;
  readonly series: readonly ResultSeries[];
}

const COLUMNS = 3;
const PANEL = { width: 380, height: 150, gap: 16, title: 22 } as const;
const COLOURS = ['#3366cc', '#dc3912', '#109618', '#ff9900', '#990099', '#0099c6', '#dd4477', '#66aa00'];

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

function drawPanel({ title, series }: DrawnPanel): string {
  const lines = series.map(({ values }) => values.map(([at, value]) => ({ at, value: Number(value) })));
  const points = lines.flat().filter(({ value }) => Number.isFinite(value));
  const most = Math.max(...points.map(({ value }) => value), 0);
  const first = Math.min(...points.map(({ at }) => at));
  const last = Math.max(...points.map(({ at }) => at), first + 1);
  const { width, height, title: top } = PANEL;
  const place = ({ at, value }: { at: number; value: number }): string =>
    `${round(((at - first) / (last - first)) * width)},${round(height - 4 - (Math.max(0, value) / (most || 1)) * (height - top - 10))}`;
  const paths = lines.map((line, index) => {
    const drawn = line.filter(({ value }) => Number.isFinite(value)).map(place);
    const colour = COLOURS[index % COLOURS.length] ?? '';
    return drawn.length === 0
      ? ''
      : `<polyline points="${drawn.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  });
  return [
    `<rect width="${width}" height="${height}" fill="#fff" stroke="#ddd"/>`,
    ...paths,
    `<text x="8" y="15" font-weight="bold">${title}</text>`,
    `<text x="${width - 8}" y="15" text-anchor="end" fill="#777">to ${Number(most.toPrecision(3))}</text>`,
  ].join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.ts';

describe('a histogram', () => {
  it('counts in each bucket what is in the smaller ones, too, and is read as Prometheus reads', async () => {
    const metrics = new Metrics('test');
    const histogram = metrics.histogram('waits', 'How long', [0.1, 1], 'kind');
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.of('a "quoted" one').observe(value);
    const lines = (await metrics.text()).split('\n').filter((line) => line.includes('waits'));
    const kind = 'kind="a \\"quoted\\" one"';
    expect(lines).toEqual([
      '# HELP waits How long',
      '# TYPE waits histogram',
      `waits_bucket{${kind},le="0.1"} 2`,
      `waits_bucket{${kind},le="1"} 3`,
      `waits_bucket{${kind},le="+Inf"} 4`,
      `waits_sum{${kind}} 7.65`,
      `waits_count{${kind}} 4`,
    ]);
  });

  it('without a label shows that nothing was observed yet', async () => {
    const metrics = new Metrics('test');
    metrics.histogram('waits', 'How long', [1]);
    expect(await metrics.text()).toContain('waits_count 0\n');
  });
});

describe('what every program measures', () => {
  it('names the program, and leaves out what would wake it all the time', async () => {
    const text = await new Metrics('test').text();
    expect(text).toMatch(/^holdfast_program_info\{program="test",version="\d+\.\d+\.\d+"\} 1$/m);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).not.toContain('nodejs_eventloop_lag');
  });
});

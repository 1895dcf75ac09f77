import { expect, test } from '@jest/globals';
import { UnauthorizedException } from '@nestjs/common';
import { MetricsController } from './metrics.controller.ts';
import { Metrics } from './metrics.ts';

const TOKEN = 'a-token-for-whoever-scrapes';

test('without a token anybody reads the metrics', async () => {
  expect(await new MetricsController(new Metrics('test'), undefined).read()).toContain('holdfast_program_info');
});

test('with a token only who bears it does', async () => {
  const controller = new MetricsController(new Metrics('test'), TOKEN);
  for (const wrong of ['', 'Bearer', TOKEN, `Bearer ${TOKEN}2`, `Basic ${TOKEN}`]) {
    expect(() => controller.read(wrong)).toThrow(UnauthorizedException);
  }
  expect(await controller.read(`Bearer ${TOKEN}`)).toContain('holdfast_program_info');
});

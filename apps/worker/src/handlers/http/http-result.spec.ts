import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { Answer } from './exchange.ts';
import { resultOf } from './http-result.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

function answer(body: string | Buffer, headers: Answer['headers'] = {}, truncated = false): Answer {
  return { status: 200, headers, body: Buffer.from(body), truncated };
}

describe('the result of a request', () => {
  it('holds JSON as a value and anything else as text', () => {
    expect(resultOf(answer('{"a":1}', JSON_TYPE)).body).toEqual({ a: 1 });
    expect(resultOf(answer('[1]', { 'content-type': 'application/problem+json' })).body).toEqual([1]);
    expect(resultOf(answer('{"a":1}', { 'content-type': 'text/plain' })).body).toBe('{"a":1}');
    expect(resultOf(answer('{"a":', JSON_TYPE)).body).toBe('{"a":');
    expect(resultOf(answer('')).body).toBeNull();
  });

  it('holds as base64 what is no text, and what is compressed', () => {
    const bytes = Buffer.from([0xff, 0xd8, 0xff]);
    expect(resultOf(answer(bytes))).toMatchObject({ body: bytes.toString('base64'), bodyEncoding: 'base64' });
    const zipped = gzipSync('text');
    expect(resultOf(answer(zipped, { 'content-encoding': 'gzip' }))).toMatchObject({ bodyEncoding: 'base64' });
  });

  it('keeps a few headers, and none that may carry a secret', () => {
    const headers = { ...JSON_TYPE, 'set-cookie': ['session=1'], authorization: 'Bearer x', etag: 'e'.repeat(9_000) };
    expect(resultOf(answer('{}', headers)).headers).toEqual({ ...JSON_TYPE, etag: 'e'.repeat(512) });
  });

  it('keeps text that was cut within a character', () => {
    const body = Buffer.from('ää').subarray(0, 3);
    expect(resultOf(answer(body, {}, true))).toMatchObject({ body: 'ä', truncated: true });
  });

  it('keeps JSON that was cut as text', () => {
    expect(resultOf(answer('[1]', JSON_TYPE, true))).toMatchObject({ body: '[1]', truncated: true });
  });

  it.each(['a', '"', '\u0000', 'ä', '😀', '\ufffd'])('fits into a job when it is full of %j', (character) => {
    const body = Buffer.from(character.repeat(64 * 1024)).subarray(0, 64 * 1024);
    for (const text of [body.toString(), JSON.stringify(character.repeat(30_000))]) {
      const result = resultOf(answer(text, JSON_TYPE, true));
      expect(result.truncated).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(60 * 1024);
    }
  });

  it('uses the room that it has', () => {
    const result = resultOf(answer('a'.repeat(64 * 1024)));
    expect(Buffer.byteLength(JSON.stringify(result))).toBeGreaterThan(59 * 1024);
    const binary = resultOf(answer(Buffer.alloc(64 * 1024, 0xff)));
    expect(Buffer.byteLength(JSON.stringify(binary))).toBeGreaterThan(59 * 1024);
    expect(Buffer.byteLength(JSON.stringify(binary))).toBeLessThanOrEqual(60 * 1024);
  });

  it.each([21, 30_000])('leaves JSON that is nested %d deep as text', (depth) => {
    const text = '['.repeat(depth) + ']'.repeat(depth);
    expect(resultOf(answer(text, JSON_TYPE)).body).toEqual(expect.any(String));
  });
});

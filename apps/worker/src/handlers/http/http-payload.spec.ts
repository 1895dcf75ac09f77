import { describe, expect, it } from '@jest/globals';
import { HttpRequestPayload } from './http-payload.ts';

const URL_TEXT = 'https://hooks.example.com/path?query=1';

function faultsOf(payload: unknown): string {
  return JSON.stringify(HttpRequestPayload.safeParse(payload).error?.issues.map(({ message }) => message) ?? []);
}

describe('the payload of http.request', () => {
  it('is a GET without a body and a POST with one', () => {
    expect(HttpRequestPayload.parse({ url: URL_TEXT })).toMatchObject({ method: 'GET', body: undefined, headers: {} });
    expect(HttpRequestPayload.parse({ url: URL_TEXT, body: { a: [1] } })).toMatchObject({
      method: 'POST',
      body: '{"a":[1]}',
      headers: { 'content-type': 'application/json' },
    });
  });

  it('sends a string as it is, under the type that the caller gives it', () => {
    const headers = { 'Content-Type': 'application/xml' };
    expect(HttpRequestPayload.parse({ url: URL_TEXT, method: 'put', body: '<a/>', headers })).toMatchObject({
      method: 'PUT',
      body: '<a/>',
      headers: { 'content-type': 'application/xml' },
    });
  });

  it.each([null, false, 0, []])('takes %j for a body', (body) => {
    expect(HttpRequestPayload.parse({ url: URL_TEXT, body })).toMatchObject({
      method: 'POST',
      body: JSON.stringify(body),
    });
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'javascript:alert(1)',
    'https://user@example.com/',
    'https://:password@example.com/',
    'https://example.com@127.0.0.1/',
    '//example.com/',
    'example.com',
    'http://',
    'http://127.0.0.1:99999/',
    'http://1.2.3.4.5/',
  ])('refuses the URL %s', (url) => {
    expect(faultsOf({ url })).toContain('must be an http or https URL');
  });

  it.each(['Host', 'content-length', 'CONNECTION', 'Transfer-Encoding', 'Idempotency-Key', 'Holdfast-Fence', 'Expect'])(
    'refuses to let a caller set %s',
    (name) => {
      expect(faultsOf({ url: URL_TEXT, headers: { [name]: 'x' } })).toContain(`may not set ${name.toLowerCase()}`);
    },
  );

  it.each([
    ['a value of two lines', { 'X-A': 'a\r\nX-B: b' }, 'that no header may have'],
    ['a value with a control character', { 'X-A': 'a\u0000' }, 'that no header may have'],
    ['a name of two lines', { 'X-A\r\nX-B': 'a' }, 'no header name'],
    ['a name with a space', { 'X A': 'a' }, 'no header name'],
    ['an empty name', { '': 'a' }, 'no header name'],
    ['a name twice', { 'X-A': 'a', 'x-a': 'b' }, 'twice'],
    ['a value that is too long', { 'X-A': 'a'.repeat(4097) }, 'more than'],
    ['51 names', Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`x-${at}`, 'a'])), 'at most 50'],
  ])('refuses headers with %s', (_, headers, fault) => {
    expect(faultsOf({ url: URL_TEXT, headers })).toContain(fault);
  });

  it.each([
    { url: URL_TEXT, method: 'GET', body: 'text' },
    { url: URL_TEXT, method: 'HEAD', body: {} },
    { url: URL_TEXT, method: 'CONNECT' },
    { url: URL_TEXT, method: 'GET / HTTP/1.1\r\n' },
    { url: URL_TEXT, timeout: 5 },
    { url: 5 },
    {},
    [],
    null,
  ])('refuses %j', (payload) => {
    expect(faultsOf(payload)).not.toBe('[]');
  });
});

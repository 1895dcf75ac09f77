import { describe, expect, it } from '@jest/globals';
import { EmailPayload } from './email-payload.ts';

const EMAIL = { to: 'ada@example.com', subject: 'Hello', text: 'Hi' };

function isTaken(payload: unknown): boolean {
  return EmailPayload.safeParse(payload).success;
}

describe('the payload of email.send', () => {
  it.each([
    ['ada@example.com', { name: '', address: 'ada@example.com' }],
    [' ada@example.com ', { name: '', address: 'ada@example.com' }],
    ['Ada Lovelace <ada@example.com>', { name: 'Ada Lovelace', address: 'ada@example.com' }],
    ['"Lovelace, Ada" <ada@example.com>', { name: 'Lovelace, Ada', address: 'ada@example.com' }],
    ["o'brien+tag@localhost", { name: '', address: "o'brien+tag@localhost" }],
    ['ädä@exämple.com', { name: '', address: 'ädä@exämple.com' }],
  ])('reads %j as one mailbox', (to, mailbox) => {
    expect(EmailPayload.parse({ ...EMAIL, to }).to).toEqual([mailbox]);
    expect(EmailPayload.parse({ ...EMAIL, to: [to] }).to).toEqual([mailbox]);
  });

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'a@b@example.com',
    'ada@example.com, eve@example.com',
    'ada@example.com; eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'Ada\r\nBcc: eve@example.com\r\n <ada@example.com>',
    'Ada\u0000 <ada@example.com>',
    'ada@example.com\u2028x',
    'Ada <ada@example.com> <eve@example.com>',
    'eve@example.com <ada@example.com>',
    'Group: ada@example.com;',
    '"eve@example.com x"@internal.example',
    'ada@example.com (comment)',
    'ada@[127.0.0.1]',
    `${'a'.repeat(80)}@${'b.'.repeat(120)}com`,
  ])('refuses %j for a mailbox', (text) => {
    for (const field of ['to', 'cc', 'bcc', 'from', 'replyTo'])
      expect(isTaken({ ...EMAIL, [field]: text })).toBe(false);
  });

  it.each([
    ['a subject that adds a header', { ...EMAIL, subject: 'Hello\r\nBcc: eve@example.com' }],
    ['a subject of two lines', { ...EMAIL, subject: 'Hello\nX: y' }],
    ['a subject with a control character', { ...EMAIL, subject: 'Hello\u0000' }],
    ['a subject that is too long', { ...EMAIL, subject: 'x'.repeat(999) }],
    ['neither text nor html', { to: 'ada@example.com', subject: 'Hello' }],
    ['no recipient', { ...EMAIL, to: [] }],
    ['101 recipients', { ...EMAIL, to: Array.from({ length: 101 }, (_, at) => `a${at}@example.com`) }],
    ['a text that is a file', { ...EMAIL, text: { path: '/etc/passwd' } }],
    ['an html that is a link', { ...EMAIL, html: { href: 'http://169.254.169.254/' } }],
    ['attachments', { ...EMAIL, attachments: [{ path: '/etc/passwd' }] }],
    ['a raw message', { ...EMAIL, raw: 'x' }],
    ['nothing', null],
  ])('refuses %s', (_, payload) => {
    expect(isTaken(payload)).toBe(false);
  });

  it('takes html without text', () => {
    expect(isTaken({ to: 'ada@example.com', subject: '', html: '<b>Hi</b>' })).toBe(true);
  });
});

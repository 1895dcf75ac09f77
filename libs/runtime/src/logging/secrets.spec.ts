import { describe, expect, it } from '@jest/globals';
import { masked, secretsIn, withoutSecrets } from './secrets.ts';

const PAYLOAD = {
  user: 'ada',
  password: 'hunter2!',
  headers: { Authorization: 'Bearer abc.def', 'x-api-key': 'k-123456' },
  cards: [{ card_number: '4111111111111111', expires: '12/30' }],
};

describe('secrets', () => {
  it('are found by their names, wherever they stand', () => {
    expect(secretsIn(PAYLOAD)).toEqual(['hunter2!', 'Bearer abc.def', 'k-123456', '4111111111111111']);
  });

  it('are masked in what is logged, and nothing else is', () => {
    const shown = JSON.stringify(withoutSecrets(PAYLOAD));
    expect(shown).toContain('"user":"ada"');
    expect(shown).toContain('"expires":"12/30"');
    for (const secret of secretsIn(PAYLOAD)) expect(shown).not.toContain(secret);
    const harmless = { a: [1, { b: 'token' }] };
    expect(withoutSecrets(harmless)).toBe(harmless);
  });

  it('are masked in texts', () => {
    const text = 'login of ada with hunter2! failed: hunter2!';
    expect(masked(text, secretsIn(PAYLOAD))).toBe('login of ada with [masked] failed: [masked]');
  });

  it('that are too short to be any stay, so that texts can be read', () => {
    expect(masked('a b c', ['a'])).toBe('a b c');
  });

  it('in a ring are looked for, but not for ever', () => {
    const ring: Record<string, unknown> = { token: 'secret-1' };
    ring['self'] = ring;
    expect(secretsIn(ring)).toEqual(['secret-1']);
    expect(JSON.stringify(withoutSecrets(ring))).toBe('{"token":"[masked]","self":"[circular]"}');
  });
});

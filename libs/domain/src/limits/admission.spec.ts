import { describe, expect, it } from '@jest/globals';
import { admit, type Candidate, type GateState } from './admission.ts';

const gate = (room: number): GateState => ({ gate: { tenant: 't' }, room, passed: 0 });
const candidate = (id: string, fields: Partial<Candidate> = {}): Candidate => ({
  id,
  priority: 0,
  runAt: 0,
  gates: [],
  ...fields,
});

describe('admission', () => {
  it('lets the best through while there is room: by priority, time and id', () => {
    const gates = [gate(3)];
    const jobs = [
      candidate('d', { gates }),
      candidate('c', { gates }),
      candidate('b', { gates, runAt: -1 }),
      candidate('a', { gates, runAt: 9, priority: 5 }),
    ];
    expect([...admit(jobs)]).toEqual(['a', 'b', 'c']);
    expect(gates).toMatchObject([{ room: 0, passed: 3 }]);
  });

  it('uses no room of one gate for a job that another keeps', () => {
    const [open, shut] = [gate(1), gate(0)];
    expect([...admit([candidate('a', { gates: [open, shut] }), candidate('b', { gates: [open] })])]).toEqual(['b']);
  });

  it('keeps who comes out of turn, whatever room there is', () => {
    const jobs = [candidate('a', { turn: 'b' }), candidate('b', { turn: 'b' }), candidate('c')];
    expect([...admit(jobs)]).toEqual(['b', 'c']);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StoreContact } from './store-contact.ts';

describe('the contact with MySQL', () => {
  let contact: StoreContact;

  beforeEach(() => {
    jest.useFakeTimers();
    contact = new StoreContact(5_000);
  });

  afterEach(() => void jest.useRealTimers());

  const answersFor = (milliseconds: number): void => {
    for (let passed = 0; passed < milliseconds; passed += 1_000) {
      jest.advanceTimersByTime(1_000);
      contact.answered();
    }
  };

  it('is none before the first answer', () => {
    expect(contact.unbrokenFor).toBe(0);
  });

  it('grows while MySQL answers', () => {
    contact.answered();
    answersFor(20_000);
    expect(contact.unbrokenFor).toBe(20_000);
  });

  it('is none while MySQL is silent, and starts anew when it answers again', () => {
    contact.answered();
    answersFor(20_000);
    jest.advanceTimersByTime(6_000);
    expect(contact.unbrokenFor).toBe(0);
    contact.answered();
    answersFor(3_000);
    expect(contact.unbrokenFor).toBe(3_000);
  });
});

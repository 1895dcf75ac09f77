import { jest } from '@jest/globals';

/** On a busy machine starting a program or making a scratch schema alone may take seconds. What a test waits for has limits of its own. */
jest.setTimeout(60_000);

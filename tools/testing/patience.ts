import { jest } from '@jest/globals';

/** Real servers on a busy machine: making a scratch schema alone may take seconds. What a test waits for has limits of its own. */
jest.setTimeout(60_000);

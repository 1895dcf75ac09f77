import { jest } from '@jest/globals';

/** Real processes over real servers: a test has its own, much shorter limits and says what it waited for. */
jest.setTimeout(180_000);

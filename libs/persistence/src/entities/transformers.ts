import type { ValueTransformer } from 'typeorm';
import { fromBytes, toBytes } from '../database/identifiers.ts';

/** BINARY(16) in the table, a canonical UUID in the program. */
export const uuid: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'string' ? toBytes(value) : value),
  from: (value: Buffer | null) => (value === null ? null : fromBytes(value)),
};

/** JSON text in the table, its value in the program. */
export const json: ValueTransformer = {
  to: (value: unknown) => (value === null ? null : JSON.stringify(value)),
  from: (value: string | null): unknown => (value === null ? null : JSON.parse(value)),
};

/** BIGINT arrives as a string once it is large; ours stay exact as numbers. */
export const integer: ValueTransformer = { to: (value: unknown) => value, from: Number };

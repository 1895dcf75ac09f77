import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Everything that is wrong with a program's environment, at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * The validated settings of a program. A variable NAME may also be given as NAME_FILE, a path whose content it is.
 * This is the only place that reads the environment.
 *
 * @throws ConfigurationError naming every bad variable, what is wrong with it and what it may be
 */
export function readConfiguration<Schema extends z.ZodObject>(schema: Schema): z.output<Schema> {
  return parseConfiguration(schema, process.env);
}

export function parseConfiguration<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = readVariable(name, environment, faults);
    if (value !== undefined && value !== '') values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new ConfigurationError(`The configuration is not valid:\n  ${faults.join('\n  ')}`);
}

/** The path of the file that a variable comes from, if it does. */
export function fileOf(name: string): string | undefined {
  const file = process.env[`${name}_FILE`];
  return file === '' ? undefined : file;
}

function readVariable(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  faults: string[],
): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === '') return environment[name];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    faults.push(`${name}_FILE: ${(error as Error).message}`);
    return undefined;
  }
}

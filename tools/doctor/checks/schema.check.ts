import { type Finding, finding } from '../finding.ts';

export function checkSchema(missing: readonly string[], unknown: readonly string[]): Finding[] {
  const newer =
    unknown.length === 0
      ? []
      : [
          finding(
            'warning',
            'schema',
            `The schema has ${unknown.join(', ')}, which this version does not know.`,
            'Fine while a newer version is rolled out; else run the doctor of the newer version.',
          ),
        ];
  return [...missing.map((what) => finding('error', 'schema', what, 'Run "npm run migrate".')), ...newer];
}

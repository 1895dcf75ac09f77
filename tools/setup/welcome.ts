import path from 'node:path';
import { HOLDFAST } from '../servers/paths.ts';
import type { Application } from './applications.ts';
import { DEMONSTRATION_JOB } from './demonstration.ts';

export interface Welcome {
  applications: readonly Application[];
  /** Absent where tokens are signed elsewhere. */
  token?: string;
  jobId?: string;
}

/** What the person at the terminal can do now. */
export function welcome({ applications, token, jobId }: Welcome): string {
  const api = `http://127.0.0.1:${applications.find(({ name }) => name === 'api')?.port ?? 0}`;
  return [
    '',
    line('API', `${api}/v1`),
    line('Swagger UI', `${api}/docs`),
    ...applications.map(({ name, port }) => line(`${name} health`, `http://127.0.0.1:${port}/health/ready`)),
    line('Logs', path.join(path.relative(process.cwd(), HOLDFAST) || HOLDFAST, 'logs', '{api,scheduler,worker}.log')),
    ...(token === undefined ? withoutToken() : curlLines(api, token, jobId)),
    '',
    '  Ctrl-C stops everything; the data stays for the next start.',
    '',
  ].join('\n');
}

function curlLines(api: string, token: string, jobId: string | undefined): string[] {
  const authorization = `-H 'Authorization: Bearer ${token}'`;
  const body = JSON.stringify(DEMONSTRATION_JOB);
  return [
    '',
    '  Development token (12 h; npm run token makes others):',
    '',
    token,
    '',
    '  Submit a job, and read the one that ran:',
    '',
    `curl -sS -X POST ${api}/v1/jobs ${authorization} -H 'Content-Type: application/json' -d '${body}'`,
    '',
    `curl -sS ${api}/v1/jobs/${jobId ?? ''} ${authorization}`,
  ];
}

function withoutToken(): string[] {
  return ['', '  Tokens are verified by your own keys (JWT_PUBLIC_KEY or JWT_JWKS_URL): bring one to call the API.'];
}

function line(label: string, value: string): string {
  return `  ${label.padEnd(18)}${value}`;
}

import { parseArgs } from 'node:util';
import { messageOf, Problem } from './servers/problem.ts';
import { readEnvironment } from './setup/environment.ts';
import { parseDuration } from './setup/duration.ts';
import { DEFAULT_CLAIMS, makeToken } from './setup/token.ts';

const SCOPES = ['jobs:read', 'jobs:write', 'jobs:admin', 'worker'];
const USAGE = 'npm run token -- [--scope "jobs:read jobs:write"] [--tenant default] [--subject dev] [--expires 12h]';

try {
  const { scope, tenant, subject, expires } = options();
  const expiresInMs = expires === undefined ? DEFAULT_CLAIMS.expiresInMs : parseDuration('--expires', expires);
  const unknown = scope.split(' ').filter((each) => each !== '' && !SCOPES.includes(each));
  if (unknown.length > 0)
    throw new Problem(`There is no scope ${unknown.join(', ')}: choose from ${SCOPES.join(', ')}.`);
  console.log(await makeToken(readEnvironment(), { scope, tenant, subject, expiresInMs }));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function options() {
  try {
    const { scope, tenant, subject } = DEFAULT_CLAIMS;
    return parseArgs({
      options: {
        scope: { type: 'string', default: scope },
        tenant: { type: 'string', default: tenant },
        subject: { type: 'string', default: subject },
        expires: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new Problem(`${messageOf(error)}\n${USAGE}`);
  }
}

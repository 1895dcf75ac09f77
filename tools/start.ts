import path from 'node:path';
import { HOLDFAST } from './servers/paths.ts';
import { Problem } from './servers/problem.ts';
import {
  type Application,
  choosePorts,
  launchApplication,
  stopApplication,
  waitUntilReady,
} from './setup/applications.ts';
import { build } from './setup/build.ts';
import { takeCloneLock, tellServers } from './setup/clone-lock.ts';
import { demonstrate } from './setup/demonstration.ts';
import { type Environment, readEnvironment, secretFrom } from './setup/environment.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';
import { migrate } from './setup/migrations.ts';
import { type Provided, provideServers, type Wanted } from './setup/provide-servers.ts';
import { Steps } from './setup/steps.ts';
import { type RunningApplication, supervise } from './setup/supervision.ts';
import { DEFAULT_CLAIMS, makeToken, sharedSecret } from './setup/token.ts';
import { welcome } from './setup/welcome.ts';

await runCommand(start);

async function start(lifetime: Lifetime): Promise<number> {
  const steps = new Steps();
  const environment = readEnvironment();
  takeCloneLock(lifetime);
  console.log('\nHoldfast\n');
  const ports = await choosePorts(environment, (line) => steps.say(line));
  const servers = await serversAndBuild(environment, steps, lifetime);
  tellServers(servers);
  await steps.run(
    'migrate',
    () => migrate(servers.databaseUrl),
    (applied) => (applied.length === 0 ? 'up to date' : `${applied.length} applied`),
  );
  const env = applicationEnvironment(environment, servers, ports);
  const running = await startApplications(ports, env, steps, lifetime);
  const deaths = Promise.race([
    ...running.map((each) => supervise(each, env, lifetime.signal)),
    ...servers.watch.map(serverDeathOf),
  ]);
  await Promise.race([introduce(ports, environment, steps), deaths]);
  lifetime.interruptionIsSuccess = true;
  lifetime.signal.addEventListener('abort', () =>
    console.log(`\n  Stopping …; jobs that run now have ${environment['SHUTDOWN_GRACE'] ?? '25s'} to finish.`),
  );
  return deaths;
}

/** The build needs no server and the servers no build. */
async function serversAndBuild(environment: Environment, steps: Steps, lifetime: Lifetime): Promise<Provided> {
  const wanted: Wanted = { given: givenUrls(environment), directory: HOLDFAST, purpose: 'dev' };
  const [servers] = await Promise.all([
    provideServers(wanted, steps, lifetime),
    steps.run(
      'build',
      () => build(lifetime),
      (summary) => summary,
    ),
  ]);
  return servers;
}

function givenUrls(environment: Environment): Wanted['given'] {
  const database = secretFrom(environment, 'DATABASE_URL');
  const redis = secretFrom(environment, 'REDIS_URL');
  return {
    ...(database === undefined ? {} : { database: { variable: 'DATABASE_URL', url: database } }),
    ...(redis === undefined ? {} : { redis: { variable: 'REDIS_URL', url: redis } }),
  };
}

function applicationEnvironment(
  environment: Environment,
  servers: Provided,
  chosen: readonly Application[],
): NodeJS.ProcessEnv {
  const secret = sharedSecret(environment);
  const replaced = ['DATABASE_URL_FILE', 'REDIS_URL_FILE', ...(secret === undefined ? [] : ['JWT_SECRET_FILE'])];
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !replaced.includes(name))),
    LISTEN_HOST: environment['LISTEN_HOST'] ?? '127.0.0.1',
    LOG_LEVEL: environment['LOG_LEVEL'] ?? 'debug',
    DRAIN_DELAY: environment['DRAIN_DELAY'] ?? '0s', // no load balancer is to be given time
    TRANSITION_JOURNAL: environment['TRANSITION_JOURNAL'] ?? 'true', // so that GET /v1/events can be tried
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
    JWT_ISSUER: environment['JWT_ISSUER'] ?? 'holdfast',
    JWT_AUDIENCE: environment['JWT_AUDIENCE'] ?? 'holdfast',
    ...(secret === undefined ? {} : { JWT_SECRET: secret }),
    // Three programs load some thousand modules each: their compiled code is kept for the next start.
    NODE_COMPILE_CACHE: environment['NODE_COMPILE_CACHE'] ?? path.join(HOLDFAST, 'compile-cache'),
    ...Object.fromEntries(chosen.map(({ variable, port }) => [variable, String(port)])),
  };
}

async function startApplications(
  chosen: readonly Application[],
  env: NodeJS.ProcessEnv,
  steps: Steps,
  lifetime: Lifetime,
): Promise<RunningApplication[]> {
  const running: RunningApplication[] = [];
  lifetime.onEnd(async () => {
    await Promise.all(running.map(({ process }) => stopApplication(process)));
  });
  const startOne = async (application: Application): Promise<void> => {
    const process = await launchApplication(application, env);
    running.push({ application, process });
    await waitUntilReady(application, process);
  };
  const address = ({ port }: Application): string => `http://127.0.0.1:${port}`;
  await Promise.all(
    chosen.map((each) =>
      steps.run(
        each.name,
        () => startOne(each),
        () => address(each),
      ),
    ),
  );
  return running;
}

async function introduce(chosen: readonly Application[], environment: Environment, steps: Steps): Promise<void> {
  if (sharedSecret(environment) === undefined) {
    console.log(welcome({ applications: chosen }));
    return;
  }
  const token = await makeToken(environment, DEFAULT_CLAIMS);
  const api = `http://127.0.0.1:${chosen.find(({ name }) => name === 'api')?.port ?? 0}`;
  const job = await steps.run(
    'demo job',
    () => demonstrate(api, token),
    ({ result }) => `echo succeeded: ${JSON.stringify(result)}`,
  );
  console.log(welcome({ applications: chosen, token, jobId: job.id }));
}

async function serverDeathOf({ name, exited, logFile }: Provided['watch'][number]): Promise<never> {
  await exited;
  throw new Problem(`The ${name} ended unexpectedly: see ${logFile}.`);
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { HEAP_FLAGS } from './servers/heap-flags.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const DOCKERFILE = read('docker/Dockerfile');
const projects = (folder: string): string[] => readdirSync(path.join(ROOT, folder)).map((name) => `${folder}/${name}`);
const LIBRARIES = projects('libs');
const APPS = projects('apps');

/** What is copied from the clone, not from another stage. */
const COPIED = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words = '']) =>
  words.split(' ').slice(0, -1),
);

describe('the images', () => {
  it('install by the manifest of every project', () => {
    const manifests = COPIED.filter((file) => /^(apps|libs)\/.*package\.json$/.test(file));
    expect(manifests.sort()).toEqual([...LIBRARIES, ...APPS].map((project) => `${project}/package.json`).sort());
  });

  it('have what every library and their own program were built to', () => {
    for (const project of [...LIBRARIES, ...APPS]) {
      expect(DOCKERFILE).toContain(`COPY --from=build /app/${project}/dist ${project}/dist`);
    }
  });

  it('are made from files that are there and that .dockerignore lets through', () => {
    const kept = read('.dockerignore').match(/(?<=^!).+$/gm) ?? [];
    for (const file of COPIED) {
      expect({ file, isThere: existsSync(path.join(ROOT, file)) }).toEqual({ file, isThere: true });
      const isLetThrough = kept.some((each) => file === each || file.startsWith(`${each}/`));
      expect({ file, isLetThrough }).toEqual({ file, isLetThrough: true });
    }
  });

  it('run as a user without rights, whom signals reach', () => {
    const [, program = ''] = DOCKERFILE.split(/^FROM base AS program$/m);
    expect(program).toMatch(/^USER 1000:1000$/m);
    expect(program).not.toMatch(/^USER (?!1000:1000)/m);
    const commands = [...DOCKERFILE.matchAll(/^\s*CMD (.+)$/gm)].map(([, command = '']) => command);
    expect(commands).toHaveLength(4 + APPS.length); // of which a health check has one each
    for (const command of commands) expect(command).toMatch(/^\["node", /);
  });

  it('start programs with the heap that npm start gives them', () => {
    for (const app of APPS) {
      const command = ['node', '--enable-source-maps', ...HEAP_FLAGS, `${app}/dist/main.js`];
      expect(DOCKERFILE).toContain(`CMD [${command.map((word) => `"${word}"`).join(', ')}]`);
    }
  });
});

describe('the compose files', () => {
  const files = readdirSync(path.join(ROOT, 'docker')).filter((file) => /^compose.*\.yaml$/.test(file));

  it.each(files)('%s mounts files that are there, and builds targets that there are', (file) => {
    const { services } = parse(read(`docker/${file}`), { merge: true }) as { services: Record<string, Service> };
    for (const { volumes = [], build } of Object.values(services)) {
      const mounted = volumes.map((volume) => volume.split(':')[0] ?? '').filter((from) => from.startsWith('.'));
      for (const from of mounted) expect(existsSync(path.join(ROOT, 'docker', from))).toBe(true);
      if (build) expect(DOCKERFILE).toMatch(new RegExp(`^FROM program AS ${build.target}$`, 'm'));
    }
  });

  it('scrape each program where it listens', () => {
    const { scrape_configs: jobs } = parse(read('docker/monitoring/prometheus.yml')) as { scrape_configs: Job[] };
    const scraped = jobs.map(
      ({ job_name: name, dns_sd_configs: [at] }) => `${name} ${at?.names.join() ?? ''}:${at?.port ?? 0}`,
    );
    expect(scraped).toEqual([
      'holdfast-api api:3000',
      'holdfast-scheduler scheduler:3001',
      'holdfast-worker worker:3002',
    ]);
  });
});

interface Service {
  readonly volumes?: readonly string[];
  readonly build?: { readonly target: string };
}

interface Job {
  readonly job_name: string;
  readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[];
}

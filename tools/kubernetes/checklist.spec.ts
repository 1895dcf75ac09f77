import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { digestOfSources, headerOf, OVERLAYS, parseManifests, renderedFile, type Manifest } from './overlays.ts';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { name: string; value?: string }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources: { requests: Record<string, string>; limits: Record<string, string> };
  readonly securityContext: Record<string, unknown>;
}

interface Probe {
  readonly httpGet: { readonly path: string };
}

interface Pod {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken: boolean;
    readonly securityContext: Record<string, unknown>;
    readonly terminationGracePeriodSeconds?: number;
    readonly topologySpreadConstraints?: readonly unknown[];
    readonly affinity?: { readonly podAntiAffinity?: unknown };
    readonly containers: readonly Container[];
  };
}

interface Workload {
  readonly template: Pod;
  readonly replicas?: number;
  readonly selector?: { readonly matchLabels: Record<string, string> };
}

/** What a program needs after SIGTERM beyond the time that it is given by its setting: docs/operations.md. */
const MARGIN_SECONDS = { api: 25, worker: 10, scheduler: 5 } as const;
const GRACE_SETTING = { api: 'DRAIN_DELAY', worker: 'SHUTDOWN_GRACE', scheduler: undefined } as const;
type Program = keyof typeof MARGIN_SECONDS;

function read(overlay: (typeof OVERLAYS)[number]): Manifest[] {
  return parseManifests(readFileSync(renderedFile(overlay), 'utf8'));
}

const componentOf = ({ metadata }: Pod): string => metadata.labels['app.kubernetes.io/component'] ?? '';
const isSubset = (part: Record<string, string>, whole: Record<string, string>): boolean =>
  Object.entries(part).every(([key, value]) => whole[key] === value);

describe.each(OVERLAYS)('the manifests for %s', (overlay) => {
  const manifests = existsSync(renderedFile(overlay)) ? read(overlay) : [];
  const of = (kind: string): Manifest[] => manifests.filter((each) => each.kind === kind);
  const deployments = of('Deployment').map(({ metadata, spec }) => [metadata.name, spec as Workload] as const);
  const pods = [...deployments, ...of('Job').map(({ metadata, spec }) => [metadata.name, spec as Workload] as const)];
  const scaled = ['ScaledObject', 'HorizontalPodAutoscaler'].flatMap(of);
  const scaledNames = scaled.map(({ spec }) => (spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name);

  it('are rendered from the sources as they are now: `npm run kubernetes` renders them', () => {
    const [header] = readFileSync(renderedFile(overlay), 'utf8').split('\n');
    expect(`${header ?? ''}\n`).toBe(headerOf(digestOfSources()));
  });

  it('run an api, a scheduler, workers and a migration', () => {
    expect(new Set(pods.map(([, { template }]) => componentOf(template)))).toEqual(
      new Set(['api', 'scheduler', 'worker', 'migrate']),
    );
  });

  it.each(pods)(
    'give %s a user without rights, a file system that it cannot write, and no token',
    (_, { template }) => {
      const { spec } = template;
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      for (const { securityContext } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
      const accounts = of('ServiceAccount').map(({ metadata }) => metadata.name);
      expect(accounts).toContain(spec.serviceAccountName);
    },
  );

  it.each(pods)('give %s what it asks for, and a limit of memory but not of processors', (_, { template }) => {
    for (const { resources } of template.spec.containers) {
      expect(Object.keys(resources.requests).sort()).toEqual(['cpu', 'memory']);
      expect(Object.keys(resources.limits)).toEqual(['memory']);
    }
  });

  it.each(pods)('keep secrets of %s out of its environment', (_, { template }) => {
    const text = JSON.stringify(template.spec.containers);
    expect(text).not.toMatch(/"name":"(DATABASE_URL|REDIS_URL|JWT_SECRET|JWT_PUBLIC_KEY|SMTP_URL|METRICS_TOKEN)"/);
    expect(text).toContain('DATABASE_URL_FILE');
  });

  it.each(deployments)('probe %s', (_, { template }) => {
    for (const { startupProbe, livenessProbe, readinessProbe } of template.spec.containers) {
      const paths = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet.path);
      expect(paths).toEqual(['/health/startup', '/health/live', '/health/ready']);
    }
  });

  it.each(deployments)('give %s time to stop', (_, { template }) => {
    const program = componentOf(template) as Program;
    const { env = [] } = template.spec.containers[0] ?? {};
    const setting = env.find(({ name }) => name === GRACE_SETTING[program])?.value ?? '0s';
    const needed = Number(/^(\d+)s$/.exec(setting)?.[1]) + MARGIN_SECONDS[program];
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(needed);
  });

  it.each(deployments)('spread %s over zones and nodes, and keep some of it in a disruption', (_, { template }) => {
    expect(template.spec.topologySpreadConstraints).toHaveLength(1);
    expect(template.spec.affinity?.podAntiAffinity).toBeDefined();
    const budgets = of('PodDisruptionBudget').filter(({ spec }) =>
      isSubset(
        (spec as { selector: { matchLabels: Record<string, string> } }).selector.matchLabels,
        template.metadata.labels,
      ),
    );
    expect(budgets).toHaveLength(1);
  });

  it('let no Deployment select the pods of another', () => {
    for (const [name, { selector }] of deployments) {
      const selected = pods.filter(([, { template }]) =>
        isSubset(selector?.matchLabels ?? {}, template.metadata.labels),
      );
      expect(selected.map(([of]) => of)).toEqual([name]);
    }
  });

  it('name how many, or have a scaler do so, and not both', () => {
    for (const [name, { replicas }] of deployments) {
      expect({ name, isSaid: replicas !== undefined }).toEqual({ name, isSaid: !scaledNames.includes(name) });
    }
    expect(scaledNames.filter((name) => !deployments.some(([deployed]) => deployed === name))).toEqual([]);
  });

  it('keep everything in and out that is not named', () => {
    const policies = of('NetworkPolicy').map(
      ({ spec }) => spec as { policyTypes: string[]; ingress?: unknown; egress?: unknown },
    );
    expect(policies).toContainEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'holdfast' } },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('show clients the api alone, and of it neither metrics nor probes', () => {
    const text = JSON.stringify(of('Ingress'));
    const paths = [...text.matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path);
    expect(paths.sort()).toEqual(['/docs', '/openapi.json', '/v1']);
    expect(text).not.toMatch(/holdfast-(worker|scheduler)/);
  });

  it('give nobody a right in the cluster', () => {
    expect(manifests.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
  });
});

describe('for production-groups', () => {
  it('each queue is served by one group', () => {
    const deployments = read('production-groups').filter(({ kind }) => kind === 'Deployment');
    const queues = deployments.flatMap(({ spec }) => {
      const { env = [] } = (spec as Workload).template.spec.containers[0] ?? {};
      return env.find(({ name }) => name === 'WORKER_QUEUES')?.value?.split(',') ?? [];
    });
    expect(queues.sort()).toEqual(['default', 'mail', 'notifications', 'reports']);
  });
});

describe.each(['production', 'production-hpa', 'production-groups'] as const)('for %s', (overlay) => {
  const manifests = read(overlay);

  it('every image has a version, secrets are not here, and clients come encrypted', () => {
    const images = [...JSON.stringify(manifests).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
    for (const image of images) expect(image).toMatch(/^registry\.example\/holdfast\/\w+:\d+\.\d+\.\d+$/);
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const [ingress] = manifests.filter(({ kind }) => kind === 'Ingress');
    expect(ingress?.spec).toMatchObject({ tls: [{ hosts: ['holdfast.example'] }] });
  });

  it('Prometheus finds all three programs', () => {
    const monitors = manifests.filter(({ kind }) => kind === 'ServiceMonitor').map(({ metadata }) => metadata.name);
    expect(monitors.sort()).toEqual(['api', 'scheduler', 'worker']);
  });

  it('workers scale by metrics that there are', () => {
    const documented = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const asked = JSON.stringify(manifests).match(/\bholdfast_\w+/g) ?? [];
    expect(asked.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });

  it('workers scale by the sum of what is due and what runs: both states stay apart until they are added up', () => {
    const queries = [...JSON.stringify(manifests).matchAll(/max by \(([^)]*)\) \(holdfast_queue_jobs\{state=~/g)];
    for (const [, labels] of queries) expect(labels).toBe('queue, state');
  });
});

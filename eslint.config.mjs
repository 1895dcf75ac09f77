import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom. A project that is not listed under a folder may not be imported there: apps join the libraries,
 * persistence and queue never meet, runtime knows nothing of jobs, and the domain imports nothing at all.
 */
const MAY_IMPORT = {
  'libs/domain': [],
  'libs/runtime': [],
  'libs/calendar': ['domain'],
  'libs/contract': ['domain', 'runtime'],
  'libs/persistence': ['domain'],
  'libs/queue': ['domain'],
  'apps/api': ['calendar', 'contract', 'domain', 'persistence', 'queue', 'runtime'],
  'apps/scheduler': ['calendar', 'domain', 'persistence', 'queue', 'runtime'],
  'apps/worker': ['contract', 'domain', 'persistence', 'queue', 'runtime'],
};
const PROJECTS = ['calendar', 'contract', 'domain', 'persistence', 'queue', 'runtime', 'api', 'scheduler', 'worker'];

const directions = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  files: [`${folder}/src/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: PROJECTS.filter((project) => !allowed.includes(project)).flatMap((project) => [
              `@holdfast/${project}`,
              `@holdfast/${project}/*`,
            ]),
            message: `${folder} may import ${allowed.length === 0 ? 'no other project' : allowed.join(', ')} only.`,
          },
          { regex: '(^|/)(apps|libs)/', message: 'Import another project by its package name.' },
          {
            group: [
              '@holdfast/*/*',
              '!@holdfast/runtime/stop-signals',
              '!@holdfast/runtime/direct-logger',
              '!@holdfast/persistence/lease',
              '!@holdfast/persistence/schema',
            ],
            message: 'Import a project through its index.',
          },
        ],
      },
    ],
  },
}));

const domainImportsNothing = {
  files: ['libs/domain/src/**/*.ts'],
  ignores: ['**/*.spec.ts'],
  rules: {
    'no-restricted-imports': ['error', { patterns: [{ regex: '^[^.]', message: 'The domain imports nothing.' }] }],
  },
};

const oneReaderOfTheEnvironment = {
  files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
  ignores: ['libs/runtime/src/configuration/**', '**/*.spec.ts', '**/*.int-spec.ts'],
  rules: {
    'no-restricted-properties': [
      'error',
      {
        object: 'process',
        property: 'env',
        message: 'The environment is read in libs/runtime/src/configuration only.',
      },
    ],
  },
};

export default tseslint.config(
  // The peers' own packages are in bench/node_modules only: `npx tsc -p bench` checks what uses them.
  { ignores: ['**/dist/', '**/node_modules/', '.nx/', '.holdfast/', 'bench/peers/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
    },
  },
  ...directions,
  domainImportsNothing,
  oneReaderOfTheEnvironment,
  {
    files: ['**/*.mjs', 'tools/**/*.ts'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
);

/** Checks the rules of docs/architecture.md in the sources. Each failure names the rule, the place and the reason. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cyclesOf, importsOf as readImports, type Import } from './harness/imports.ts';

const root = join(import.meta.dirname, '..');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const isTest = (file: string) => /(\.test\.ts$|^test\/|^bench\/|\/simulator\.ts$)/.test(file);
const product = files.filter((file) => file.endsWith('.ts') && !isTest(file));
const text = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

const importsOf = (file: string): readonly Import[] => readImports(file, text.get(file) ?? '');

/** From the most specific folder to the widest; a file belongs to the first that matches. */
const folders: readonly (readonly [string, RegExp])[] = [
  ['adapter port', /^adapters\/([^/]+\/port|storage\/all-pages)\.ts$/],
  ['adapter', /^adapters\/[^/]+\/[^/]+\//],
  ['adapters root', /^adapters\/[^/]+\.ts$/],
  ['config', /^config\//],
  ['views', /^views\//],
  ['policy', /^factors\/policy\//],
  ['kit', /^factors\/kit\//],
  ['factor contract', /^factors\/(contract|given-tools|reasons)\.ts$/],
  ['contract suite', /^factors\/contract-suite\//],
  ['factor', /^factors\/[^/]+\//],
  ['factors core', /^factors\/[^/]+\.ts$/],
  ['digital keys', /^digital-keys\//],
  ['recovery', /^recovery\//],
  ['time', /^time\//],
  ['accounts', /^accounts\//],
  ['passwords', /^passwords\//],
  ['audit', /^audit\//],
  ['messages', /^messages\//],
  ['schedules', /^schedules\//],
  ['provider', /^provider\//],
  ['interactions', /^interactions\//],
  ['cluster', /^cluster\//],
  ['use cases', /^admin\/(use-cases\/|[^/]+\.ts$)/],
  ['command line', /^admin\/cli\//],
  ['sites', /^sites\//],
  ['demo', /^demo\//],
  ['composition', /^(app\/|main\.ts$)/],
];
const folderOf = (file: string) => folders.find(([, pattern]) => pattern.test(file))?.[0] ?? 'outside';

/** Who may import whom, besides its own folder. `type:` — types only. */
const may: Readonly<Record<string, readonly string[]>> = {
  time: [],
  'adapter port': [],
  adapter: ['adapter port', 'adapters root', 'time'],
  'adapters root': ['adapter port', 'time'],
  config: [],
  views: [],
  policy: ['type:factor contract'],
  kit: ['factor contract'],
  'factor contract': [],
  'contract suite': ['factor contract', 'kit', 'factors core'],
  factor: ['factor contract', 'kit'],
  accounts: ['time', 'factor contract', 'type:policy', 'kit', 'adapter port', 'type:adapters root'],
  passwords: ['accounts', 'factor contract', 'adapter port', 'type:adapters root'],
  audit: ['time', 'accounts', 'adapter port', 'type:factor contract', 'type:adapters root'],
  messages: ['time', 'accounts', 'passwords', 'factor contract', 'kit', 'adapter port', 'type:adapters root'],
  schedules: ['time', 'accounts', 'messages', 'factor contract', 'policy', 'adapter port', 'type:config'],
  'factors core': ['factor contract', 'policy', 'kit'],
  'digital keys': [
    'factor contract',
    'policy',
    'kit',
    'factors core',
    'accounts',
    'passwords',
    'messages',
    'type:adapters root',
  ],
  recovery: [
    'factor contract',
    'kit',
    'accounts',
    'passwords',
    'messages',
    'digital keys',
    'adapter port',
    'type:adapters root',
  ],
  provider: ['time', 'accounts', 'factor contract', 'policy', 'adapter port', 'type:adapters root', 'type:config'],
  interactions: [
    'time',
    'schedules',
    'type:config',
    'accounts',
    'passwords',
    'messages',
    'factor contract',
    'policy',
    'factors core',
    'digital keys',
    'recovery',
    'provider',
    'views',
    'type:adapter port',
  ],
  cluster: ['time', 'adapter port', 'type:adapters root'],
  'use cases': [
    'time',
    'interactions',
    'accounts',
    'audit',
    'messages',
    'schedules',
    'cluster',
    'factor contract',
    'policy',
    'factors core',
    'digital keys',
    'adapter port',
    'provider',
    'adapters root',
    'passwords',
    'type:config',
  ],
  'command line': [
    'use cases',
    'time',
    'audit',
    'messages',
    'schedules',
    'factor contract',
    'policy',
    'factors core',
    'adapter port',
    'config',
  ],
  sites: ['time', 'interactions', 'use cases', 'views', 'type:factor contract', 'adapter port', 'type:adapters root'],
  demo: [
    'time',
    'accounts',
    'factor contract',
    'policy',
    'factors core',
    'digital keys',
    'use cases',
    'views',
    'adapter port',
    'adapters root',
    'config',
    'adapter',
  ],
};

describe('who may import whom', () => {
  test.each(Object.keys(may))('%s', (folder) => {
    const allowed = may[folder] ?? [];
    const wrong = product
      .filter((file) => folderOf(file) === folder)
      .flatMap(importsOf)
      .filter(({ from, to, ours, typeOnly }) => {
        if (!ours || to.endsWith('.json')) return false;
        const target = folderOf(to);
        const sameFolder =
          folder === 'adapter' || folder === 'factor'
            ? dirname(to) === dirname(from) ||
              to.startsWith(`${dirname(from)}/`) ||
              dirname(from).startsWith(`${dirname(to)}/`)
            : true;
        if (target === folder && sameFolder) return false;
        return !(allowed.includes(target) || (typeOnly && allowed.includes(`type:${target}`)));
      })
      .map(
        ({ from, to }) =>
          `${from} imports ${to}: the folder "${folder}" may import ${allowed.join(', ') || 'nothing of ours'}`,
      );
    expect(wrong).toEqual([]);
  });

  /** A folder with its sub-folders is one node; where sub-folders have rules of their own, each is one. */
  const nodeOf = (file: string): string => {
    if (/^factors\/(contract|given-tools|reasons)\.ts$/.test(file)) return 'factors/contract';
    if (/^adapters\/[^/]+\/port\.ts$/.test(file)) return `${dirname(file)} (port)`;
    if (/^(factors|adapters|admin)\//.test(file)) return dirname(file);
    return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
  };
  const imports = product.flatMap(importsOf);

  test('A-301 no two folders import each other, not even types', () => {
    expect(cyclesOf(imports, nodeOf)).toEqual([]);
  });

  test('A-301 A-540 no two folders at the top import each other, with all that lies in them', () => {
    expect(cyclesOf(imports, (file) => file.split('/')[0] ?? file)).toEqual([]);
  });

  test('A-301 no two files import each other, not even types', () => {
    expect(cyclesOf(imports, (file) => file)).toEqual([]);
  });

  test('a circle of imports is found wherever it closes', () => {
    const circle = (...files: string[]) =>
      files.flatMap((file, at) => readImports(file, `import type { A } from '../${files[at + 1] ?? files[0] ?? ''}';`));
    expect(cyclesOf(circle('a/x.ts', 'b/y.ts', 'c/z.ts'), dirname)).toHaveLength(1);
    expect(cyclesOf(circle('a/x.ts', 'b/y.ts', 'c/z.ts').slice(1), dirname)).toEqual([]);
  });

  test('only the composition looks inside a factor or an adapter', () => {
    const wrong = product
      .filter((file) => !['composition', 'adapter', 'factor', 'demo'].includes(folderOf(file)))
      .flatMap(importsOf)
      .filter(({ to, ours }) => ours && ['adapter', 'factor'].includes(folderOf(to)))
      .map(
        ({ from, to }) =>
          `${from} imports ${to}: a folder's root holds the contract, its sub-folders are implementations`,
      );
    expect(wrong).toEqual([]);
  });

  test('packages are imported only in their folders', () => {
    const bound: readonly (readonly [RegExp, RegExp, string])[] = [
      [
        /^oidc-provider$/,
        /^(provider|app|demo\/national-app)/,
        'the engine is spoken to by provider/ alone; the demo plays a provider of somebody else with it',
      ],
      [
        /^(koa|@koa\/)/,
        /^(provider|interactions|admin|sites|demo|app)/,
        'factors, people, policy and adapters know no web server',
      ],
      [/^(node:sqlite|mongodb)$/, /^adapters\/storage\//, 'everybody else speaks to the storage port'],
      [/^nodemailer/, /^adapters\/mail\//, 'mail leaves through its port'],
      [/^twilio/, /^adapters\/sms\//, 'messages leave through their port'],
      [/^handlebars/, /^(views|demo)\//, 'markup belongs to views'],
      [/^(otplib|@simplewebauthn)/, /^factors\//, 'the core knows no factor'],
    ];
    const wrong = product
      .flatMap(importsOf)
      .flatMap(({ from, to, ours }) =>
        ours
          ? []
          : bound
              .filter(([name, folder]) => name.test(to) && !folder.test(from))
              .map(([, , why]) => `${from} imports ${to}: ${why}`),
      );
    expect(wrong).toEqual([]);
  });

  test('the policy is pure: no packages, no node built-ins', () => {
    const wrong = product
      .filter((file) => folderOf(file) === 'policy')
      .flatMap(importsOf)
      .filter(({ ours, typeOnly }) => !ours && !typeOnly);
    expect(wrong).toEqual([]);
  });
});

/** Pages with example values: they name factors, and one has markup of the engine. */
const isExample = (file: string) => file.startsWith('views/samples/');

describe('habits', () => {
  const lines = (file: string) => (text.get(file) ?? '').split('\n');
  const where = (among: readonly string[], pattern: RegExp) =>
    among.flatMap((file) =>
      lines(file).flatMap((line, index) =>
        pattern.test(line.replace(/^\s*(\/\/|\*|\/\*).*/, '')) ? [`${file}:${index + 1} ${line.trim()}`] : [],
      ),
    );

  test('A-034 time is an argument: the wall clock is read in time/clock.ts and app/create-app.ts', () => {
    // openid-client reads the wall clock itself: it is told by how much the given one differs.
    const reads = ['time/clock.ts', 'app/create-app.ts', 'factors/mobile-eid/open-upstream.ts'];
    const logic = product.filter((file) => !reads.includes(file));
    expect(where(logic, /Date\.now\(|new Date\(\)/)).toEqual([]);
  });

  test('A-011 no Math.random anywhere', () => {
    expect(where(product, /Math\.random/)).toEqual([]);
  });

  test('no factor is named outside its folder, tests, documents, deployments and examples of pages', () => {
    const ids = readdirSync(join(root, 'factors'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, 'factors', entry.name, 'factor.ts')))
      .map(({ name }) => name);
    expect(ids.length).toBeGreaterThan(0);
    const core = product.filter(
      (file) => !ids.some((id) => file.startsWith(`factors/${id}/`)) && !file.startsWith('demo/') && !isExample(file),
    );
    // The name of a channel (`email`, `sms`) is not the name of a factor, although one may have the same name.
    const named = where(core, new RegExp(`['"\`](${ids.join('|')})['"\`]`));
    expect(named.filter((line) => !/\b(channel|sends|senders|path)\b/.test(line))).toEqual([]);
  });

  test('no markup in TypeScript', () => {
    const templates = product.filter((file) => !isExample(file));
    expect(where(templates, /<(html|div|form|p|a|span|input|button|table|svg)[ >]/)).toEqual([]);
  });

  test('no folder named utils, helpers, common, lib, types or src', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|lib|src)(\/|\.ts$)/.test(file))).toEqual([]);
  });

  test('A-731 administrators change accounts through one function, which keeps a way in for one of them', () => {
    const own = ['account-write', 'own-account', 'change-report'].map((name) => `admin/use-cases/${name}.ts`);
    const writers = product.filter(
      (file) => file.startsWith('admin/') && /people\s*\.(change|update|updateWithUnique)\b/.test(text.get(file) ?? ''),
    );
    expect(writers.filter((file) => !own.includes(file))).toEqual(['admin/use-cases/person-dates.ts']);
  });

  test('no file over 300 lines', () => {
    expect(product.filter((file) => lines(file).length > 301)).toEqual([]);
  });

  test('every folder has its entry points', () => {
    const tops = [
      'provider',
      'interactions',
      'factors',
      'digital-keys',
      'recovery',
      'views',
      'adapters',
      'config',
      'test',
      'admin',
      'app',
      'accounts',
      'passwords',
      'audit',
      'messages',
      'schedules',
      'time',
      'cluster',
      'demo',
      'bench',
    ];
    const missing = tops.filter(
      (top) => !existsSync(join(root, top, 'README.md')) && !existsSync(join(root, top, 'contract.ts')),
    );
    expect(missing).toEqual([]);
  });

  test('no comment disables the type checker', () => {
    expect(where(product, /@ts-ignore|@ts-expect-error|@ts-nocheck|\bas any\b|^[^'`]*: any\b/)).toEqual([]);
    expect(where(files, /\b(it|test|describe)\.(only|todo)\b/)).toEqual([]);
  });
});

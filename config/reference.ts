/** Generates the reference of the configuration from the schema. */
import { z } from 'zod';
import { expectation, nodesOf, type Node } from './schema-tree.ts';
import { settingsSchema, type FactorSettings } from './schema.ts';

const intro = `# Configuration

<!-- Written from the schema by \`npm run docs:configuration\`. Do not edit. -->

One YAML file per deployment, given by \`REKEY_CONFIG\` or \`--config\`. Whole examples are in \`config/deployments/\`. Unknown keys are mistakes. \`rekey config check\` names every mistake at once, with its line and what was perhaps meant.

- **Environment.** Every single value can be given as a variable, which wins over the file: \`listen.port\` is \`REKEY_LISTEN_PORT\`, the secret of the client \`tax-on-web\` is \`REKEY_CLIENTS_TAX_ON_WEB_SECRET\`.
- **Secrets** (marked 🔒) can stand in a file of their own: \`password\` as \`passwordFile\`, or \`REKEY_MAIL_SMTP_PASSWORD_FILE\`. One final line break is cut off. A secret in a configuration file that others may read is a warning.
- **Paths** start from the folder of the configuration file; those in variables from the folder in which the process is started.
- **Dates of factors** are first values. They go into the store at the first start; later they are changed by \`rekey factor schedule\`, on all nodes at once, and a change of the file does not overwrite them.
`;

/**
 * docs/configuration.md: the settings of a factor are in its own folder, so that a new factor changes no page but its
 * own.
 */
export function describeWithoutFactors(): string {
  const whole = describeConfiguration({ [anyFactor]: z.strictObject({}) });
  const own = whole.indexOf(`### factors.${anyFactor}.settings`);
  const above = whole.slice(0, own).replaceAll(new RegExp(`(one of )?${anyFactor}\\b`, 'g'), 'the id of a factor');
  return `${above}### factors.&lt;id>.settings\n\nWhat a factor has to set stands in \`settings.md\` in its folder (\`factors/<id>/\`). \`rekey config reference\` prints this page with the settings of every factor that is installed.\n`;
}

const anyFactor = 'any-factor';

/** `settings.md` in the folder of a factor. */
export function describeFactor(id: string, settings: FactorSettings[string]): string {
  const root = nodesOf(settingsSchema({ [id]: settings }));
  const own = root.properties?.['factors']?.properties?.[id]?.properties?.['settings'];
  const title = `<!-- Written from the schema by \`npm run docs:configuration\`. Do not edit. -->\n`;
  return [`# Settings of ${id}\n`, title, ...settingsOf(id, own)].filter((text) => text !== '').join('\n');
}

/** @param factorSettings settings of the installed factors, by id */
export function describeConfiguration(factorSettings: FactorSettings): string {
  const root = nodesOf(settingsSchema(factorSettings));
  const { factors, ...rest } = root.properties ?? {};
  const [firstId, first] = Object.entries(factors?.properties ?? {})[0] ?? [];
  const { settings: _own, ...common } = first?.properties ?? {};
  const sections = [
    section('Top level', '', singles(rest, root.required), undefined),
    ...nested(rest, []),
    '## factors\n',
    `${factors?.description ?? ''}\n`,
    firstId === undefined ? '' : section('factors.<id>', '', singles(common), undefined, 3),
    ...nested(common, ['factors', '<id>'], 3),
    ...Object.entries(factors?.properties ?? {}).flatMap(([id, factor]) =>
      settingsOf(id, factor.properties?.['settings']),
    ),
  ];
  return [intro, ...sections.filter((text) => text !== '')].join('\n');
}

type Properties = Readonly<Record<string, Node>>;
interface Row {
  readonly key: string;
  readonly node: Node;
  readonly isRequired: boolean;
}

const inside = (node: Node): Properties | undefined => node.properties ?? node.items?.properties;

function singles(properties: Properties, required: readonly string[] = []): readonly Row[] {
  return Object.entries(properties)
    .filter(([, node]) => !inside(node))
    .map(([key, node]) => ({ key, node, isRequired: required.includes(key) }));
}

function nested(properties: Properties, path: readonly string[], level = 2): readonly string[] {
  return Object.entries(properties).flatMap(([key, node]) => {
    const inner = inside(node);
    if (!inner) return [];
    const name = `${key}${node.items ? '[]' : ''}`;
    const required = (node.items ?? node).required;
    const title = [...path, name].join('.');
    return [
      section(title, node.description ?? '', singles(inner, required), node, level),
      ...nested(inner, [...path, name], level + 1),
    ];
  });
}

function settingsOf(id: string, node: Node | undefined): readonly string[] {
  const title = `factors.${id}.settings`;
  const rows = singles(node?.properties ?? {}, node?.required);
  const none = rows.length === 0 && Object.keys(node?.properties ?? {}).length === 0 ? 'Nothing can be set.' : '';
  return [section(title, none, rows, node, 3), ...nested(node?.properties ?? {}, ['factors', id, 'settings'], 4)];
}

function section(title: string, text: string, rows: readonly Row[], node: Node | undefined, level = 2): string {
  const head = `${'#'.repeat(Math.min(level, 5))} ${cell(title)}\n`;
  const expects = node?.items && node.expects !== undefined ? `Each: ${node.expects}.` : '';
  const about = [text, expects].filter((part) => part !== '').join(' ');
  const list = rows.map(
    ({ key, node: of, isRequired }) =>
      `| \`${key}\`${of.secret === true || of.fromFile === true ? ' 🔒' : ''} | ${cell(expectation(of))} | ${defaultOf(of, isRequired)} | ${cell(of.description ?? '')} |`,
  );
  const body = list.length === 0 ? [] : ['| key | value | default | |', '|---|---|---|---|', ...list, ''];
  return [head, ...(about === '' ? [] : [`${about}\n`]), ...body].join('\n');
}

/** A cell of a table in Markdown. Inside code `<` stands for itself. */
export const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll(/`[^`]*`|</g, (part) => (part === '<' ? '&lt;' : part));

function defaultOf({ default: value }: Node, isRequired: boolean): string {
  if (value !== undefined) return `\`${JSON.stringify(value).replaceAll('"', '')}\``;
  return isRequired ? '**required**' : '–';
}

/** Help at every level, the version, a word with a typing mistake; and the completion of a shell. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { loadFactors, ownFactors } from '../../factors/registry.ts';
import { reservedNouns } from '../../factors/validate-folder.ts';
import { version } from '../../app/version.ts';
import { commandsOf } from './commands.ts';
import { generalOf, parseWords } from './program.ts';

const commands = commandsOf(await loadFactors([ownFactors]));
const parsed = (line: string, screen = {}) => parseWords(line === '' ? [] : line.split(' '), commands, '1.2.3', screen);
const textOf = (line: string, screen = {}) => {
  const found = parsed(line, screen);
  return found.command === undefined ? found.text : '';
};

describe('A-318 a name or an id that begins with a dash', () => {
  test.each([
    ['person show -Xy3_', '-Xy3_'],
    ['person show -Xy3_ --json', '-Xy3_'],
    ['--json person show -Xy3_', '-Xy3_'],
    ['signing-key promote -Xy3_ --force --reason stolen', '-Xy3_'],
    ['person show --json -- --Xy3_', '--Xy3_'],
    ['person show -- -Xy3_', '-Xy3_'],
  ])('rekey %s', (line, argument) => {
    const found = parsed(line);
    expect(found.command && found.given.argument).toBe(argument);
    expect(found.command && found.given.text('reason')).toBe(line.includes('stolen') ? 'stolen' : undefined);
  });

  test('with two dashes it is an option, and the sentence says how it is written', () => {
    expect(() => parsed('person show --Xy3_')).toThrow(
      "Unknown option '--Xy3_'. A name or an id that begins with two dashes is written last, after `--`.",
    );
    expect(textOf('person show -h')).toMatch(/^Usage: rekey person show /);
  });
});

describe('help', () => {
  test.each(['', '--help', '-h', 'help', '--json --help'])('A-305 of everything: rekey %s', (line) => {
    for (const noun of new Set(commands.map((command) => command.noun)))
      expect(textOf(line)).toMatch(new RegExp(`^  ${noun} `, 'm'));
  });

  test.each(['factor --help', 'factor -h', 'help factor', '--help factor'])('A-305 of a noun: rekey %s', (line) => {
    expect(textOf(line)).toMatch(/^Usage: rekey factor <verb>/);
    expect(textOf(line)).toMatch(/^ {2}schedule <factor> /m);
  });

  test.each(commands)('A-305 of a command: rekey $noun $verb', ({ noun, verb, options }) => {
    const name = verb === undefined ? noun : `${noun} ${verb}`;
    for (const line of [`${name} --help`, `help ${name}`, `${name} -h --json`]) {
      expect(textOf(line)).toContain(`Usage: rekey ${name} `);
      for (const option of options) expect(textOf(line)).toContain(`--${option.name}`);
    }
  });

  test('A-305 fits the screen, and is bold only where there are colours', () => {
    for (const columns of [60, 80, 120]) {
      const lines = textOf('person import --help', { columns }).split('\n');
      const examples = lines.indexOf('For example:');
      expect(
        Math.max(...lines.slice(0, examples < 0 ? undefined : examples).map(({ length }) => length)),
      ).toBeLessThanOrEqual(columns);
    }
    expect(textOf('--help', { colors: true })).toContain('\u001B[1mUsage:\u001B[22m');
    expect(textOf('--help', { colors: false })).not.toContain('\u001B');
  });
});

test('A-305 the version', () => {
  expect(textOf('--version')).toBe('1.2.3');
});

test.each([
  ['fctor list', 'Did you mean factor?'],
  ['help fctor', 'Did you mean factor?'],
  ['factor lst', 'Did you mean list?'],
  ['factor list --jsn', 'Did you mean --json?'],
  ['factor schedule x --purg 2024-01-30', 'Did you mean --purge?'],
  ['factor', 'Say what to do: rekey factor list'],
  ['factor list x', 'Too many arguments'],
  ['factor schedule x --zone', 'argument missing'],
])('A-305 rekey %s: %s', (line, says) => {
  expect(() => parsed(line)).toThrow(says);
});

test('A-305 options of all commands may stand anywhere, and a value may begin with a dash', () => {
  for (const line of [
    '--json --config a.yaml factor schedule -x --zone UTC --replacement a --replacement b',
    'factor schedule --zone UTC --json --replacement a -- -x --replacement',
  ]) {
    const words = line.split(' ');
    expect(generalOf(words)).toMatchObject({ json: true });
  }
  const found = parsed('--json factor schedule card --zone -UTC --replacement a --config c.yaml --replacement b');
  if (found.command === undefined) throw new Error(found.text);
  expect(found.command).toMatchObject({ noun: 'factor', verb: 'schedule' });
  expect(found.given.argument).toBe('card');
  expect(found.given.text('zone')).toBe('-UTC');
  expect(found.given.texts('replacement')).toEqual(['a', 'b']);
  expect(found.given.text('after')).toBeUndefined();
});

describe('the command line', () => {
  let services: AdminServices;
  beforeAll(async () => {
    services = await adminServices();
  });
  afterAll(() => services.close());

  test('A-305 help and the version are no failure, and an unknown word is exit code 2', async () => {
    expect(await services.rekey('--version')).toMatchObject({ exit: 0, out: `${version}\n`, err: '' });
    expect(await services.rekey('factor --help')).toMatchObject({ exit: 0, err: '' });
    expect((await services.rekey('fctor --json')).json()).toMatchObject({ refused: [{ code: 'usage' }] });
  });

  test.each([
    ['rekey fac', 1, 'factor'],
    ['rekey factor sch', 2, 'schedule'],
    ['rekey factor schedule --unt', 3, '--until-and-including'],
    ['rekey factor schedule card --js', 4, '--json'],
    ['rekey card is', 2, 'issue'],
  ])('A-305 a shell completes %s', async (line, at, word) => {
    const { out } = await services.rekey('completion bash');
    const words = line.split(' ').map((one) => `'${one}'`);
    const script = `${out}\nCOMP_WORDS=(${words.join(' ')}); COMP_CWORD=${at}; _rekey; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script]);
    expect(stdout.trim().split(' ')).toContain(word);
  });
});

test('A-471 no factor may issue under a word of the command line', async () => {
  const issued = new Set((await loadFactors([ownFactors])).all().flatMap(({ issue }) => issue?.noun ?? []));
  const fixed = commands.map(({ noun }) => noun).filter((noun) => !issued.has(noun));
  expect([...reservedNouns].toSorted()).toEqual([...new Set([...fixed, 'help', 'version'])].toSorted());
});

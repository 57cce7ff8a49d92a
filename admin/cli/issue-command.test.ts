import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changeFile, writeExample } from '../../test/harness/toy-factor.ts';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { Explained } from '../use-cases/explain.ts';
import type { PersonListing } from '../use-cases/person-show.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
  await services.rekey(
    'person import -',
    JSON.stringify({ username: 'alice', email: 'alice@example.org', language: 'nl' }),
  );
});
afterEach(() => services.close());

const keys = async () => (await services.rekey('person show alice --json')).json<PersonListing>().keys;

test('a card is issued as a document to print; the codes are printed only if they were asked for', async () => {
  const told = await services.rekey('card issue alice --output card.pdf --json');
  expect(told.json()).toMatchObject({ username: 'alice', factor: 'token-card', replaced: [], file: 'card.pdf' });
  expect(told.out).not.toContain('codes');
  const file = join(services.folder, 'card.pdf');
  expect((await readFile(file)).subarray(0, 5).toString()).toBe('%PDF-');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const asked = (await services.rekey('card issue alice --data --json')).json<{ clear: { codes: object } }>();
  expect(Object.keys(asked.clear.codes)).toHaveLength(8);
});

test('a second card ends the first at once, in one write, with a mail about both', async () => {
  await services.rekey('card issue alice');
  const [first] = await keys();
  const told = await services.rekey('card issue alice --json');
  expect(told.json()).toMatchObject({ replaced: [first?.id] });
  expect((await keys()).map(({ status, offBecause }) => [status, offBecause])).toEqual([
    ['off', 'reissued'],
    ['active', null],
  ]);
  const server = await services.open();
  const person = await server.people.findByUsername('alice');
  expect(person?.keys[0]).not.toHaveProperty('sealed');
  expect(person?.pending).toEqual([]);
  expect(await server.storage.collection({ name: 'outbox' }).count()).toBe(3);
  const actions = (await services.rekey('audit list --action key --json')).json<{ action: string; actor: string }[]>();
  expect(actions.map(({ action, actor }) => [action, actor])).toEqual([
    ['key.on', 'cli:ann'],
    ['key.off', 'cli:ann'],
    ['key.on', 'cli:ann'],
  ]);
});

test('refused, with nothing changed: an unknown name, a closed factor, an existing file', async () => {
  expect((await services.rekey('card issue bob --output bob.pdf')).exit).toBe(1);
  await expect(stat(join(services.folder, 'bob.pdf'))).rejects.toThrow('ENOENT');
  await writeFile(join(services.folder, 'there.pdf'), 'x');
  expect((await services.rekey('card issue alice --output there.pdf')).err).toContain('exists already');
  await services.rekey('factor schedule token-card --close-enrolment 2023-10-01 --zone UTC');
  const told = await services.rekey('card issue alice --json');
  expect(told.json()).toMatchObject({ refused: [{ code: 'enrolment_closed' }] });
  expect(await keys()).toEqual([]);
  expect((await services.rekey('crad issue alice')).err).toContain('Did you mean card?');
});

describe('a factor outside the product', () => {
  const configuration = (folder: string) => `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factorFolders: [${folder}]
factors: { grid-fob: { settings: { months: 12 } }, email-otp: { recommended: true } }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
  const written: { remove(): Promise<void> }[] = [];
  const fob = async () => {
    const example = await writeExample('grid-fob');
    written.push(example);
    return example.folder;
  };
  afterEach(async () => {
    for (const example of written.splice(0)) await example.remove();
  });

  test('A-470 a state that its own schema does not read: refused, and the key before goes on working', async () => {
    const [good, broken] = [await fob(), await fob()];
    await changeFile(join(broken, 'states.ts'), '.length(25)', '.length(24)');
    await writeFile(services.file, configuration(good));
    await services.rekey('fob issue alice');
    const before = await keys();
    expect(before.map(({ status }) => status)).toEqual(['active']);
    await writeFile(services.file, configuration(broken));
    const told = await services.rekey('fob issue alice --output fob.txt --json');
    const says = expect.stringContaining(
      'grid-fob gave a secret state that its own schema (states.secret) does not read: numbers',
    );
    expect(told.exit).toBe(1);
    expect(told.json()).toMatchObject({ refused: [{ code: 'factor_breaks_contract', says }] });
    expect((await keys()).map(({ status, over }) => [status, over])).toEqual([['active', 'key_state_unreadable']]);
    await writeFile(services.file, configuration(good));
    expect(await keys()).toEqual(before);
    await expect(stat(join(services.folder, 'fob.txt'))).rejects.toThrow('ENOENT');
  });

  test('A-473 a key whose end has come does not count in `explain`, and is listed as expired, from that ms on', async () => {
    await writeFile(services.file, configuration(await fob()));
    await services.rekey('fob issue alice');
    const at = async (instant: string) =>
      (await services.rekey(`explain alice --client tax --at ${instant} --json`)).json<Explained>();
    const before = await at('2024-10-01T11:59Z');
    expect(before.keys).toMatchObject([{ counts: true, factor: 'grid-fob' }]);
    const after = await at('2024-10-01T12:00Z');
    expect(after.keys).toMatchObject([
      { counts: false, says: 'does not count: it has expired (key_expired); no last day' },
    ]);
    expect(after.says).toBe('The sign-in is refused: key_expired.');

    const over = async () => (await keys()).map((key) => [key.status, key.over]);
    expect(await over()).toEqual([['active', null]]);
    services.clock.set(Date.parse('2024-10-01T12:00:00Z'));
    expect(await over()).toEqual([['active', 'key_expired']]);
    expect((await services.rekey('key list alice')).out).toContain('active, key_expired');
  });
});

/** `rekey storage copy`: people sign in on the new store with the keys and sessions of the old one. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { generateSync } from 'otplib';
import { stringify } from 'yaml';
import { run } from '../../admin/cli/run.ts';
import { composition } from '../../app/composition.ts';
import { collections, ofOneStore } from '../../app/collections.ts';
import type { Storage } from '../../adapters/storage/port.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { freePort } from '../harness/free-port.ts';
import { deployment, start, startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { leavePlaces, placesToMove } from '../harness/places-to-move.ts';

let folder: string;
let product: Product | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-move-'));
});
afterEach(async () => {
  await product?.close();
  product = undefined;
  await rm(folder, { recursive: true, force: true });
});

afterAll(leavePlaces);

const rootKey = Buffer.alloc(32, 5).toString('base64');
const services = async (file: string) => ({
  rootKey,
  signIn: { order: 'name-first' },
  storage: { embedded: { file } },
});

interface Told {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}
async function rekey(
  words: readonly string[],
  {
    env = {},
    now = start,
    isTerminal = false,
  }: { env?: Record<string, string>; now?: number; isTerminal?: boolean } = {},
): Promise<Told> {
  let [out, err] = ['', ''];
  const exit = await run(
    {
      words,
      env,
      folder,
      user: 'ann',
      clock: { now: () => now },
      input: Readable.from(['']),
      output: (text) => void (out += text),
      complain: (text) => void (err += text),
      isTerminal,
    },
    composition,
  );
  return { exit, out, err };
}
const copy = (from: string, to: string, ...more: readonly string[]) =>
  rekey(['storage', 'copy', '--from', from, '--to', to, ...more]);
const refusalOf = ({ out }: Told) => (JSON.parse(out) as { refused: { code: string; says: string }[] }).refused[0];

const totpOf = (an: NewPerson, now: number) => generateSync({ secret: an.totp, epoch: Math.floor(now / 1000) });
const step = (page: Page) => /<main[^>]*data-step="([^"]+)"/.exec(page.body)?.[1];

async function signIn(rp: RelyingParty, agent: HttpAgent, an: NewPerson, now: number, parameters = {}) {
  const pending = await rp.begin(parameters);
  let page = await agent.get(pending.url);
  page = await agent.submit(page, { username: an.username, password: an.password, action: 'continue' });
  page = await agent.submit(page, { code: totpOf(an, now), action: 'continue' });
  if (!page.left) throw new Error(page.body);
  return rp.finish(pending, page.left);
}
const silently = async (rp: RelyingParty, agent: HttpAgent) =>
  (await agent.get((await rp.begin({ prompt: 'none' })).url)).left?.searchParams;
const lasting = { scope: 'openid offline_access', prompt: 'consent' };

/** From the first store to the next until the last, with the same people; everything works in each of them. */
test.each(placesToMove)(
  'storage copy: people sign in on the new store: %s',
  async (_, places) => {
    const port = await freePort();
    const [first = '', ...others] = await Promise.all(places.map((place) => place(folder)));
    const open = async (address: string, at: number) =>
      startProduct({ ...(await deploymentAt(address)) }, { port, at });
    product = await open(first, start);
    let rp = await relyingParty(product.issuer, product.client);
    const an = await product.addPerson({ keys: ['authenticator-app', 'email-otp'] });
    const agent = new HttpAgent();
    let { refresh_token: token = '' } = await signIn(rp, agent, an, product.clock.now(), lasting);
    expect(token).not.toBe('');
    const halfway = new HttpAgent();
    let page = await halfway.get((await rp.begin()).url);
    page = await halfway.submit(page, { username: an.username, password: an.password, action: 'continue' });
    expect(step(page)).toBe('prove-key');
    let at = product.clock.now();
    let from = first;

    for (const to of others) {
      await product.close();
      product = undefined;
      const told = await rekey(['storage', 'copy', '--from', from, '--to', to, '--json'], { now: at });
      expect([told.err, told.exit]).toEqual(['', 0]);
      const report = JSON.parse(told.out) as { collections: { name: string; documents: number; digest: string }[] };
      expect(report.collections.map(({ name }) => name)).toEqual(collections.map(({ name }) => name));
      expect(report.collections.find(({ name }) => name === 'people')?.documents).toBe(1);
      for (const { digest } of report.collections) expect(digest).toMatch(/^[0-9a-f]{64}$/);

      at += 60_000;
      product = await open(to, at);
      rp = await relyingParty(product.issuer, product.client);
      expect((await silently(rp, agent))?.get('code')).toEqual(expect.any(String));
      const refreshed = await oidc.refreshTokenGrant(rp.configuration, token);
      expect(refreshed.refresh_token).not.toBe(token);
      token = refreshed.refresh_token ?? '';
      const fresh = await signIn(rp, new HttpAgent(), an, at);
      expect(fresh.claims()?.sub).toEqual(expect.any(String));
      from = to;
    }
    product.clock.advance(60_000);
    page = await halfway.submit(page, { code: totpOf(an, product.clock.now()), action: 'continue' });
    expect(page.left?.searchParams.get('code')).toEqual(expect.any(String));
    expect(await product.services.audit.verify()).toMatchObject({ ok: true });
  },
  60_000,
);

async function deploymentAt(address: string) {
  const [, file] = /^embedded:(.*)$/.exec(address) ?? [];
  if (file !== undefined) return services(file);
  return { rootKey, signIn: { order: 'name-first' }, storage: { mongodb: { uri: address, serverExpiry: false } } };
}

const at = (name: string) => `embedded:${join(folder, name)}`;
async function filled(name: string, people = 1): Promise<void> {
  product = await startProduct(await services(join(folder, name)));
  for (let number = 0; number < people; number += 1) await product.addPerson({ keys: ['authenticator-app'] });
  await product.close();
  product = undefined;
}

test('refusals, each by its code; nothing is written', async () => {
  await filled('old.db');
  await filled('full.db');
  const said = async (from: string, to: string, ...more: readonly string[]) =>
    refusalOf(await copy(from, to, '--json', ...more))?.code;
  expect(await said(at('old.db'), at('old.db'))).toBe('store_same');
  expect(await said(at('old.db'), at('full.db'))).toBe('target_not_empty');
  expect(await said(at('none.db'), at('new.db'))).toBe('source_empty');
  expect(await said('old.db', at('new.db'))).toBe('store_address_invalid');
  expect(await said('env:NOT_SET', at('new.db'))).toBe('store_address_invalid');
  for (const name of ['none.db', 'new.db']) await expect(stat(join(folder, name))).rejects.toThrow('ENOENT');
  expect((await copy(at('old.db'), at('new.db'))).exit).toBe(0);
  const again = refusalOf(await copy(at('old.db'), at('new.db'), '--json'));
  expect(again).toMatchObject({ code: 'target_not_empty', says: expect.stringContaining('from this source already') });
  expect((await rekey(['storage', 'copy', '--to', at('x.db')])).exit).toBe(2);
});

test('an address with a password is never quoted', async () => {
  const secret = 'hunter2-of-the-store';
  await writeFile(join(folder, 'uri'), `mongodb://ann:${secret}@[nowhere/`);
  const env = { NEW_STORE: `mongodb://ann:${secret}@[nowhere/` };
  await filled('old.db');
  for (const to of ['env:NEW_STORE', 'file:uri', env.NEW_STORE]) {
    const told = await rekey(['storage', 'copy', '--from', at('old.db'), '--to', to, '--json'], { env });
    expect(told.exit).not.toBe(0);
    expect(told.out + told.err).not.toContain(secret);
  }
});

test('a running server on the source or target is detected; none starts on a partly filled store', async () => {
  product = await startProduct(await services(join(folder, 'old.db')));
  await product.addPerson();
  const refused = refusalOf(await copy(at('old.db'), at('new.db'), '--json'));
  expect(refused).toMatchObject({ code: 'store_in_use', says: expect.stringContaining(String(process.pid)) });
  await product.close();
  product = undefined;
  expect((await copy(at('old.db'), at('new.db'))).exit).toBe(0);

  const { createMigrationMarks } = await import('../../admin/migration-marks.ts');
  const { openEmbedded } = await import('../../adapters/storage/embedded/open-embedded.ts');
  const target = await openEmbedded({ file: join(folder, 'new.db'), clock: { now: () => start } });
  const marks = createMigrationMarks(target);
  const { value, version } = (await marks.arrival()) ?? {};
  if (!value) throw new Error('There is no mark.');
  const { finishedAt: _done, ...unfinished } = value;
  await marks.arrive(unfinished, version);
  await target.close();
  await expect(startProduct(await services(join(folder, 'new.db')))).rejects.toMatchObject({ name: 'StoreMoving' });

  // No command works on it until the copy is complete.
  const commands = [
    ['person', 'list'],
    ['factor', 'schedule', 'token-card', '--until-and-including', '2024-01-30', '--zone', 'Europe/Brussels'],
    ['audit', 'verify'],
    ['storage', 'check'],
  ];
  const env = { REKEY_CONFIG: join(folder, 'new.yaml') };
  const client = { id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUri: 'https://rp.example/callback' };
  const settings = {
    ...deployment('http://localhost:3000', folder, client, 3000),
    ...(await services(join(folder, 'new.db'))),
  };
  await writeFile(env.REKEY_CONFIG, stringify(settings));
  for (const words of commands) {
    const told = await rekey(words, { env });
    expect([words, told.exit, told.out]).toEqual([words, 1, '']);
    expect(told.err).toMatch(
      /^The copy into this store is not complete.* `rekey storage copy` .* empty this store .*\n$/,
    );
    expect(refusalOf(await rekey([...words, '--json'], { env }))?.code).toBe('store_moving');
  }
  expect((await rekey(['config', 'check'], { env })).out).toContain(
    'storage: The copy into this store is not complete',
  );
  expect((await copy(at('old.db'), at('new.db'))).exit).toBe(0);
  for (const words of commands) expect([words, (await rekey(words, { env })).exit]).toEqual([words, 0]);
});

test('a dry run counts and writes nothing', async () => {
  await filled('old.db', 2);
  const told = await copy(at('old.db'), at('new.db'), '--dry-run');
  expect([told.exit, told.err]).toEqual([0, '']);
  expect(told.out).toMatch(/people +2/);
  expect(told.out).toContain('Nothing was written');
  await expect(stat(join(folder, 'new.db'))).rejects.toThrow('ENOENT');
});

test('a progress bar on a terminal, otherwise lines, and with --json only JSON', async () => {
  await filled('old.db');
  const onTerminal = await rekey(['storage', 'copy', '--from', at('old.db'), '--to', at('a.db')], { isTerminal: true });
  expect(onTerminal.err).toContain('\r\u001b[Kcopying ');
  expect(onTerminal.err).toMatch(/█.* 100 %/);
  const elsewhere = await copy(at('old.db'), at('b.db'));
  expect(elsewhere.err).toMatch(/^copying keys: 3 of \d+\n/);
  expect(elsewhere.err).not.toContain('\r');
  const json = await copy(at('old.db'), at('c.db'), '--json');
  expect(json.err).toBe('');
  expect(JSON.parse(json.out)).toMatchObject({ resumed: false, corrected: 0, dryRun: false });
});

test('every declared collection is copied, or belongs to its store', async () => {
  const declared: object[] = [];
  const around = (storage: Storage): Storage => ({
    ...storage,
    collection: (spec) => {
      declared.push(spec);
      return storage.collection(spec);
    },
  });
  product = await startProduct({}, { around });
  await (await import('../../app/mail.ts')).openMail(product.services);
  const listed: readonly (object & { readonly name: string })[] = [...collections, ...ofOneStore];
  expect(declared.filter((spec) => !listed.includes(spec as (typeof listed)[number]))).toEqual([]);
  expect(declared.length).toBeGreaterThan(10);
  expect(new Set(listed.map(({ name }) => name)).size).toBe(listed.length);
  const forgotten = { name: 'forgotten' };
  expect(() => product?.services.storage.collection(forgotten)).toThrow('not listed in app/collections.ts');
});

test('the file has everything: same bodies, same expiries', async () => {
  await filled('old.db', 3);
  await copy(at('old.db'), at('new.db'));
  const { DatabaseSync } = await import('node:sqlite');
  const rows = (name: string) => {
    const database = new DatabaseSync(join(folder, name), { readOnly: true });
    const sql = `select names.collection, id, until, body from documents join names on number = documents.collection
      where names.collection not in ('moves', 'nodes', 'leader-lease') order by 1, 2`;
    const found = database.prepare(sql).all();
    database.close();
    return found;
  };
  expect(rows('new.db')).toEqual(rows('old.db'));
  expect(rows('new.db').length).toBeGreaterThan(10);
  expect((await readFile(join(folder, 'new.db'))).length).toBeGreaterThan(0);
});

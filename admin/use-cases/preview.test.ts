/**
 * A preview and an explanation equal what a sign-in then shows over HTTP: the same pages in the same order, with the
 * same text; and the preview writes nothing.
 */
import { createHash } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { assert, asyncProperty, boolean, constantFrom, record, subarray, type Arbitrary } from 'fast-check';
import { openDrawing } from '../../app/drawing.ts';
import type { Key } from '../../accounts/person.ts';
import { noAttempts } from '../../passwords/attempt-limits.ts';
import { letEngineFetch } from '../../test/harness/engine-fetch.ts';
import { HttpAgent, type Page } from '../../test/harness/http-agent.ts';
import { startProduct, type NewPerson, type Overrides, type Product } from '../../test/harness/product.ts';
import { relyingParty } from '../../test/harness/relying-party.ts';
import { counting, type Counting } from '../../test/harness/storage-wrappers.ts';
import {
  afterwards,
  begin,
  factorOf,
  giveCode,
  givePassword,
  gotCode,
  rightCode,
  send,
  stepOf,
  type KeyKind,
  type Visit,
} from '../../test/attacks/visitor.ts';
import { decisionRules } from '../../interactions/decision-rules.ts';
import { explain } from './explain.ts';
import { extendPerson } from './person-dates.ts';
import { fatesOf } from './preflight.ts';
import { preview, type Preview } from './preview.ts';

letEngineFetch();
const open = new Set<Product>();
afterAll(async () => {
  for (const product of open) await product.close();
});

/** In the form of argon2id, which the card factor requires, and cheap. */
const hashOf = (secret: string): string =>
  `$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$${createHash('sha256').update(secret).digest('base64').replace(/=+$/, '')}`;
const cheap = {
  hash: async (secret: string) => hashOf(secret),
  matches: async (hash: string, secret: string) => hash === hashOf(secret),
};
const cardFirst = Date.parse('2024-01-10T11:00:00Z');

interface Case {
  readonly order: 'key-first' | 'name-first';
  readonly after: 'refuse' | 're-enrol' | 'staying';
  readonly postponements: 'none' | 2;
  readonly level: 'single' | 'low' | 'substantial';
  readonly accepts: readonly KeyKind[] | undefined;
  readonly keys: readonly KeyKind[];
  readonly at: number;
  readonly secureAccount: boolean;
  readonly demanded: boolean;
  readonly change: 'nothing' | 'blocked' | 'disabled' | 'extended' | 'unproven' | 'no mailbox' | 'shared' | 'used up';
  /** Whether an administrator removed a key as strong as an app. */
  readonly strongerGone: boolean;
  readonly newKey: 'now' | 'later' | undefined;
  readonly language: 'nl' | 'fr' | 'de' | 'en';
}

const kinds: readonly KeyKind[] = ['token-card', 'email-otp', 'authenticator-app'];
const cases: Arbitrary<Case> = record({
  order: constantFrom<Case['order'][]>('key-first', 'name-first'),
  after: constantFrom<Case['after'][]>('refuse', 're-enrol', 'staying'),
  postponements: constantFrom<Case['postponements'][]>('none', 2),
  level: constantFrom<Case['level'][]>('single', 'low', 'substantial'),
  accepts: constantFrom<Case['accepts'][]>(undefined, undefined, kinds, ['authenticator-app']),
  keys: subarray([...kinds]),
  at: constantFrom(cardFirst, afterwards - 1, afterwards, Date.parse('2024-02-20T11:00:00Z')),
  secureAccount: boolean(),
  demanded: boolean(),
  change: constantFrom<Case['change'][]>(
    'nothing',
    'nothing',
    'blocked',
    'disabled',
    'extended',
    'unproven',
    'no mailbox',
    'shared',
    'used up',
  ),
  strongerGone: constantFrom(false, false, true),
  newKey: constantFrom<Case['newKey'][]>('now', 'later', undefined),
  language: constantFrom<Case['language'][]>('nl', 'fr', 'de', 'en'),
});

/** Cards are over and only lead to a new key: with a mailbox, without one, and where nothing could take their place. */
const over: Case = {
  order: 'name-first',
  after: 're-enrol',
  postponements: 'none',
  level: 'low',
  accepts: undefined,
  keys: ['token-card'],
  at: afterwards,
  secureAccount: true,
  demanded: false,
  change: 'nothing',
  strongerGone: false,
  newKey: 'now',
  language: 'nl',
};
const examples: readonly Case[] = [
  over,
  { ...over, change: 'no mailbox' },
  { ...over, change: 'no mailbox', secureAccount: false },
  { ...over, change: 'no mailbox', strongerGone: true },
  { ...over, change: 'shared' },
  { ...over, change: 'shared', strongerGone: true },
  { ...over, change: 'no mailbox', accepts: ['email-otp', 'authenticator-app'] },
  { ...over, change: 'shared', accepts: ['email-otp', 'authenticator-app'], strongerGone: true },
  { ...over, level: 'substantial', accepts: ['token-card', 'email-otp'] },
  { ...over, keys: [], level: 'substantial', change: 'no mailbox' },
];

const configured = ({ order, after, postponements, level, accepts, secureAccount, demanded }: Case): Overrides => ({
  signIn: {
    order,
    secureAccount,
    ...(demanded && secureAccount
      ? { secondFactorDeadlines: [{ announce: '2024-01-01', from: '2024-02-01', zone: 'Europe/Brussels' }] }
      : {}),
  },
  password: { minimumLength: 15 },
  extensions: { mostDays: 60, mostPercent: 100 },
  sharedMailboxes: { mayEnrol: false },
  factors: {
    'email-otp': { recommended: true },
    'authenticator-app': {},
    'token-card': {
      settings: { count: 8, warnAt: 2 },
      ...(after === 'staying'
        ? {}
        : {
            schedule: {
              closeEnrolment: '2023-07-19',
              untilAndIncluding: '2024-01-30',
              zone: 'Europe/Brussels',
              after,
              replacements: ['email-otp', 'authenticator-app'],
              ...(postponements === 'none' ? {} : { postponements }),
            },
          }),
    },
  },
  clients: [
    {
      id: 'rp',
      name: 'Tax office',
      secret: 'a-secret-of-the-relying-party-1',
      redirectUris: ['https://rp.example/callback'],
      level,
      ...(accepts === undefined ? {} : { accepts }),
    },
  ],
});

const removedApp = (at: number): Key => ({
  id: 'removed-app',
  factor: 'authenticator-app',
  detail: '',
  status: 'off',
  offAt: at,
  offBecause: 'removed',
  strength: 'substantial',
  boundAt: at - 1,
  source: 'imported',
  attempts: noAttempts,
});

async function changed({ services }: Product, { person }: NewPerson, given: Case): Promise<void> {
  const { change, keys, strongerGone } = given;
  const { people } = services;
  if (strongerGone)
    await people.change(person.id, (account) => ({ ...account, keys: [...account.keys, removedApp(cardFirst)] }));
  if (change === 'extended' && keys.includes('token-card'))
    await extendPerson(services, {
      person: person.id,
      factor: 'token-card',
      untilAndIncluding: '2024-02-10',
      by: 'test',
      reason: 'abroad',
    });
  await people.change(person.id, (account) => {
    switch (change) {
      case 'blocked':
        return {
          ...account,
          keys: account.keys.map((key, at) => (at === 0 ? { ...key, status: 'blocked' as const } : key)),
        };
      case 'disabled':
        return { ...account, disabled: true };
      case 'unproven':
        return { ...account, ...(account.email && { email: { address: account.email.address } }) };
      case 'no mailbox': {
        const { email: _none, ...rest } = account;
        return rest;
      }
      case 'shared':
        return { ...account, email: { address: `info@${account.id.toLowerCase()}.example`, verifiedAt: cardFirst } };
      case 'used up': {
        const tried = { count: 4, lastAt: cardFirst };
        return { ...account, keys: account.keys.map((key) => ({ ...key, attempts: tried })) };
      }
      default:
        return undefined;
    }
  });
}

/** The pages that a person sees who answers each correctly and agrees to a new key, as long as the page permits it. */
async function seen(product: Product, person: NewPerson, asked: string | null, one: Case): Promise<readonly Page[]> {
  const agent = new HttpAgent({ language: one.language });
  const visit = await begin(await relyingParty(product.issuer, product.client), { agent });
  const pages: Page[] = [visit.page];
  for (;;) {
    const next = await answered(product, person, visit, pages.at(-1) ?? visit.page, asked, one);
    if (next === undefined) return pages;
    pages.push(next);
  }
}

async function answered(
  product: Product,
  person: NewPerson,
  visit: Visit,
  page: Page,
  asked: string | null,
  { newKey }: Case,
): Promise<Page | undefined> {
  const press = (step: string, action: string | undefined) =>
    action !== undefined && page.body.includes(`value="${action}"`) ? send(visit, step, { action }) : undefined;
  switch (stepOf(page)) {
    case 'choose-key':
      return asked === null || !page.body.includes(`value="${asked}"`)
        ? undefined
        : send(visit, 'choose-key', { key: asked });
    case 'password':
      return givePassword(visit, person);
    case 'prove-key':
      return giveCode(visit, await rightCode(product, person, page));
    case 'phase-out':
      return press('phase-out', newKey && { now: 'migrate', later: 'postpone' }[newKey]);
    case 'secure-account':
      return press('secure-account', newKey && { now: 'secure', later: 'postpone' }[newKey]);
    default:
      return undefined;
  }
}

const nameOf = (page: Page): string => (gotCode(page) ? 'finish' : (stepOf(page) ?? `status ${page.status}`));

/** The text of a page, without the parts of one sign-in alone. */
const words = (html: string): string =>
  (/<main[\s\S]*<\/main>/.exec(html)?.[0] ?? '').replaceAll(/action="[^"]*"/g, '').replaceAll(/\s+/g, ' ');

async function beforehand(product: Product, request: Parameters<typeof preview>[2]): Promise<Preview> {
  const outcome = await preview(product.services, openDrawing(product.services), request);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

/** @returns the factors whose proof was asked for */
async function holds(one: Case): Promise<{ readonly factors: readonly string[] }> {
  const product = await startProduct(configured(one), { hash: cheap });
  open.add(product);
  const person = await product.addPerson({ keys: one.keys, language: one.language });
  await changed(product, person, one);
  const request = { person: person.username, client: 'rp', at: new Date(one.at).toISOString().slice(0, 19) + 'Z' };
  const explained = await explain(product.services, request);
  const drawn = await beforehand(product, { ...request, newKey: one.newKey });
  product.clock.set(Date.parse(request.at));
  if (!explained.ok) throw new Error(JSON.stringify(explained));

  const { pages: told, asked, wayIn, says } = explained.value;
  const pages = await seen(product, person, asked, one);
  const names = pages.map(nameOf);
  expect([...drawn.pages.map(({ step }) => step), ...(drawn.finishes ? ['finish'] : [])]).toEqual(names);
  expect(told).toEqual(names.slice(0, told.length));
  await isVerdictOfPreflight(product, person, one.at, wayIn);
  expect(says.includes('counts this person as stranded')).toBe(wayIn === 'stranded');
  const last = names.at(-1);
  if (wayIn === 'stranded') expect(['finish', 'confirm-email']).not.toContain(last);
  if (wayIn === 'replaces' || wayIn === 'activates') {
    expect(last).not.toBe('finish');
    if (one.newKey === 'now') expect(last).toBe('confirm-email');
  }
  for (const [index, { step, html }] of drawn.pages.entries())
    if (step !== 'prove-key') expect(words(html)).toBe(words(pages[index]?.body ?? ''));
  open.delete(product);
  await product.close();
  return { factors: pages.filter((page) => stepOf(page) === 'prove-key').map((page) => factorOf(page) ?? '') };
}

/** Explanation and pre-flight come to one verdict, and so does the list of people, which asks the pre-flight. */
async function isVerdictOfPreflight({ services }: Product, { person }: NewPerson, at: number, wayIn: string) {
  const account = await services.people.get(person.id);
  if (!account) throw new Error('The account is gone.');
  const [fate] = fatesOf(decisionRules(services), await services.schedules.current(), account, {
    factor: 'token-card',
    at,
  });
  const fates = { opens: ['keep', 'still'], replaces: ['mustReplace'], activates: ['mustReplace'] };
  expect([wayIn, (fates as Readonly<Record<string, readonly string[]>>)[wayIn] ?? ['stranded']]).toEqual([
    wayIn,
    expect.arrayContaining([fate]),
  ]);
  verdicts.add(wayIn);
}
const verdicts = new Set<string>();

test('A-361 A-412 A-414 the previewed pages are those that a sign-in then shows, in order and word for word', async () => {
  const met = new Set<string>();
  const proved = new Set<string>();
  await assert(
    asyncProperty(cases, async (one) => {
      // A relying party at which no factor signs in is a mistake in the configuration.
      const { factors } = await holds({
        ...one,
        accepts: one.level === 'substantial' && one.accepts ? ['authenticator-app'] : one.accepts,
      });
      met.add(one.change);
      for (const factor of factors) proved.add(factor);
    }),
    {
      numRuns: 24 + examples.length,
      examples: examples.map((one) => [one]),
      seed: 14,
      endOnFailure: true,
    },
  );
  expect(met.size).toBeGreaterThan(4);
  expect(proved).toEqual(new Set(kinds));
  expect(verdicts).toEqual(new Set(['opens', 'replaces', 'activates', 'disabled', 'stranded']));
}, 300_000);

test('A-361 nothing is written for it, and nothing sent', async () => {
  let calls: Counting | undefined;
  const product = await startProduct(
    configured({
      order: 'name-first',
      after: 're-enrol',
      postponements: 'none',
      level: 'low',
      accepts: undefined,
      keys: [],
      at: cardFirst,
      secureAccount: true,
      demanded: false,
      change: 'nothing',
      strongerGone: false,
      newKey: undefined,
      language: 'nl',
    }),
    { hash: cheap, around: (storage) => (calls = counting(storage)) },
  );
  open.add(product);
  const { username } = await product.addPerson({ keys: ['email-otp'] });
  await product.app.flush();
  const before = await product.services.audit.list({ limit: 1_000 });
  const drawing = openDrawing(product.services);
  await product.app.stop();
  calls?.reset();
  const outcome = await preview(product.services, drawing, { person: username, client: 'rp' });
  expect(outcome).toMatchObject({
    ok: true,
    value: { finishes: true, pages: [{ step: 'password' }, { step: 'prove-key' }] },
  });
  const called = Object.keys(calls?.calls().by ?? {}).map((name) => name.split('.')[1]);
  expect(called.length).toBeGreaterThan(0);
  expect(new Set(called)).toEqual(new Set(['get']));
  expect(await product.services.audit.list({ limit: 1_000 })).toEqual(before);
  expect(product.mails).toEqual([]);
});

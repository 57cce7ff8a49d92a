// Steps of a visitor, good or bad, through the pages of a sign-in. Uses only the contract of docs/pages.md.
import { generateSync } from 'otplib';
import type { Factor, HashWish } from '../../factors/contract.ts';
import { HttpAgent, type Going, type Page } from '../harness/http-agent.ts';
import type { NewPerson, Overrides, Product } from '../harness/product.ts';
import type { Pending, RelyingParty } from '../harness/relying-party.ts';

export type KeyKind = 'token-card' | 'email-otp' | 'authenticator-app';
export const kinds: readonly KeyKind[] = ['token-card', 'email-otp', 'authenticator-app'];

export const everyStep = [
  'select-account',
  'choose-key',
  'phase-out',
  'password',
  'prove-key',
  'confirm-email',
  'select-key',
  'activate-key',
  'done',
  'refused',
];

/** All three factors, none being retired; cards are short so that printing one costs little. */
export const staying: Overrides = {
  factors: {
    'email-otp': { recommended: true },
    'authenticator-app': { recommended: true },
    'token-card': { settings: { count: 8, warnAt: 2 } },
  },
};

/** The card is being retired: to be replaced until its last day, and afterwards before anything else. */
export const going = (schedule: Readonly<Record<string, unknown>> = {}): Overrides => ({
  factors: {
    'email-otp': { recommended: true },
    'authenticator-app': { recommended: true },
    'token-card': {
      settings: { count: 8, warnAt: 2, reuse: 'reusable' },
      schedule: {
        closeEnrolment: '2023-07-19',
        untilAndIncluding: '2024-01-30',
        zone: 'Europe/Brussels',
        after: 're-enrol',
        replacements: ['email-otp', 'authenticator-app'],
        ...schedule,
      },
    },
  },
});

/** First instant after the card's last day. */
export const afterwards = Date.parse('2024-01-30T23:00:00Z');

const main = (page: Page): string => /<main[^>]*>/.exec(page.body)?.[0] ?? '';
const attribute = (page: Page, name: string): string | undefined =>
  new RegExp(`data-${name}="([^"]*)"`).exec(main(page))?.[1];
export const stepOf = (page: Page): string | undefined => attribute(page, 'step');
export const reasonOf = (page: Page): string | undefined => attribute(page, 'reason');
export const factorOf = (page: Page): string | undefined => attribute(page, 'factor');
/** Whether an authorization code came out. */
export const gotCode = (page: Page): boolean => page.left?.searchParams.has('code') ?? false;

export interface Visit {
  readonly agent: HttpAgent;
  readonly pending: Pending;
  /** `…/interaction/<uid>` */
  readonly base: string;
  readonly page: Page;
}

export async function begin(
  rp: RelyingParty,
  {
    agent = new HttpAgent(),
    headers,
    ...parameters
  }: { readonly agent?: HttpAgent; readonly headers?: Readonly<Record<string, string>> } & Readonly<
    Record<string, unknown>
  > = {},
): Promise<Visit> {
  const pending = await rp.begin(parameters as Record<string, string>);
  const page = await agent.get(pending.url, headers ? { headers } : {});
  return { agent, pending, page, base: /^.*\/interaction\/[^/]+/.exec(page.url)?.[0] ?? page.url };
}

/** Sends a form to a step by its address, whatever page is open. */
export const send = (visit: Visit, step: string, fields: NonNullable<Going['body']>, going: Going = {}) =>
  visit.agent.post(`${visit.base}/${step}`, fields, { from: visit.base, ...going });

/** The step that the sign-in has reached. */
export const look = (visit: Visit): Promise<Page> => visit.agent.get(`${visit.base}/-`, { from: visit.base });

type Named = Pick<NewPerson, 'username' | 'password'>;

/** Chooses a key, carrying on with a retired one, and gives name and password. */
export async function toProof(visit: Visit, person: Named, key: KeyKind, going: Going = {}): Promise<Page> {
  let page = await send(visit, 'choose-key', { key }, going);
  if (stepOf(page) === 'phase-out') page = await send(visit, 'phase-out', { action: 'postpone' }, going);
  return givePassword(visit, person, going);
}

export const givePassword = (visit: Visit, { username, password }: Named, going: Going = {}): Promise<Page> =>
  send(visit, 'password', { username, password, action: 'continue' }, going);

/**
 * @param copy distinguishes this form from others with the same answer, which would otherwise count as a double click
 */
export const giveCode = (visit: Visit, code: string, going: Going = {}, copy?: number): Promise<Page> =>
  send(visit, 'prove-key', { code, action: 'continue', ...(copy === undefined ? {} : { copy: `${copy}` }) }, going);

/** From the first page, with the retired card, to the first page of the wizard. */
export async function toWizard(visit: Visit, person: NewPerson): Promise<Page> {
  await send(visit, 'choose-key', { key: 'token-card' });
  await send(visit, 'phase-out', { action: 'migrate' });
  return giveCode(visit, cardCode(person, await givePassword(visit, person)));
}

/** The secret on the page of a new authenticator app, in groups of four. */
export const shownSecret = ({ body }: Page): string => /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(body)?.[1] ?? '';

/** Begins an authenticator app from the start, also where one was begun before. @returns its setup code */
export async function newApp(visit: Visit): Promise<string> {
  const page = await send(visit, 'select-key', { key: 'authenticator-app' });
  return shownSecret(shownSecret(page) === '' ? await send(visit, 'activate-key', { action: 'anew' }) : page);
}

export const appCode = (secret: string, now: number): string =>
  generateSync({ secret: secret.replaceAll(' ', ''), epoch: Math.floor(now / 1000) });

export const cardCode = (person: NewPerson, page: Page): string => person.card[attribute(page, 'position') ?? ''] ?? '';

/** The code of the newest mail to `to` that is not among the first `before` mails. */
export async function mailedCode(product: Product, to: string, before = 0): Promise<string> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    await product.app.flush();
    const mail = product.mails.slice(before).findLast((one) => one.to === to && sixDigits.test(one.text));
    const code = mail && sixDigits.exec(mail.text)?.[0];
    if (code !== undefined) return code;
    if (performance.now() > deadline) throw new Error(`No code was mailed to ${to}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
/** From the page of the mailbox to the choice of a key, by the code that is mailed. */
export async function proveMailbox(product: Product, visit: Visit, { email }: NewPerson): Promise<Page> {
  product.clock.advance(2_000);
  const before = product.mails.length;
  await send(visit, 'confirm-email', { action: 'continue' });
  return send(visit, 'confirm-email', { action: 'continue', code: await mailedCode(product, email, before) });
}

/** From the choice of a key to the end of the activation of an app. */
export async function activateApp(product: Product, visit: Visit): Promise<Page> {
  const secret = await newApp(visit);
  // A page that gives no secret is answered with any code.
  const code = secret === '' ? '123456' : appCode(secret, product.clock.now());
  return send(visit, 'activate-key', { action: 'continue', code });
}

const sixDigits = /(?<!\d)\d{6}(?!\d)/;

/** The right answer to the page `prove-key`. */
export async function rightCode(product: Product, person: NewPerson, page: Page, mailsBefore = 0): Promise<string> {
  const answers: Readonly<Record<string, () => string | Promise<string>>> = {
    'token-card': () => cardCode(person, page),
    'email-otp': () => mailedCode(product, person.email, mailsBefore),
    'authenticator-app': () => appCode(person.totp, product.clock.now()),
  };
  const answer = answers[factorOf(page) ?? ''];
  if (!answer) throw new Error(`No key is asked for: ${page.status} ${main(page)}`);
  return answer();
}

/** Digits that are no right answer now, for any factor. */
export function wrongCode(product: Product, person: NewPerson, not: readonly string[] = []): string {
  const now = product.clock.now();
  const right = new Set([
    ...Object.values(person.card),
    ...[-3, -2, -1, 0, 1, 2, 3].map((steps) => appCode(person.totp, now + steps * 30_000)),
    ...not,
  ]);
  for (let guess = 0; ; guess += 1) {
    const code = String(guess).padStart(6, '0');
    if (!right.has(code)) return code;
  }
}

/** A whole sign-in; the last page, where `left` is the relying party's address. */
export async function signIn(
  product: Product,
  visit: Visit,
  person: NewPerson,
  key: KeyKind,
  going: Going = {},
): Promise<Page> {
  const before = product.mails.length;
  const page = await toProof(visit, person, key, going);
  if (stepOf(page) !== 'prove-key') return page;
  return giveCode(visit, await rightCode(product, person, page, before), going);
}

/** How often the factor itself judged an answer: the real number of comparisons. Counts until the next restart. */
export function countJudgements(
  product: Product,
  kind: KeyKind,
): { readonly verify: number; readonly confirm: number } {
  const { registry } = product.services;
  const get = registry.get.bind(registry);
  const counts = { verify: 0, confirm: 0 };
  const watched = (factor: Factor): Factor => ({
    ...factor,
    verify: (...given) => {
      counts.verify += 1;
      return factor.verify(...given);
    },
    confirm: (...given) => {
      counts.confirm += 1;
      return factor.confirm(...given);
    },
  });
  Object.assign(registry, {
    get: (id: string) => {
      const factor = get(id);
      return factor && id === kind ? watched(factor) : factor;
    },
  });
  return counts;
}

/** How often one hash (of a password) was really compared. Counts until the next restart. */
export function countComparisons(product: Product): {
  readonly of: (hash: string | undefined) => number;
  /** Comparisons with any hash, also with that for unknown names. */
  readonly all: () => number;
} {
  const { hash } = product.services;
  const matches = hash.matches.bind(hash);
  const counts = new Map<string, number>();
  Object.assign(hash, {
    matches: (phc: string, ...given: [string, HashWish?]) => {
      counts.set(phc, (counts.get(phc) ?? 0) + 1);
      return matches(phc, ...given);
    },
  });
  return {
    of: (phc) => counts.get(phc ?? '') ?? 0,
    all: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** The forwarded address as the product’s own proxy sets it. */
export const from = (address: string): Going => ({ headers: { 'x-forwarded-for': address } });

/** `count` at once. */
export const parallel = <T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));

export const uidOf = (visit: Visit): string => visit.base.split('/').at(-1) ?? '';
export const cookiesOf = (visit: Visit): string =>
  visit.agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

export async function personNow(product: Product, person: NewPerson) {
  const found = await product.services.people.get(person.person.id);
  if (!found) throw new Error('The person is gone.');
  return found;
}

/**
 * docs/help-desk.md, followed by the letter: every command of the page is run, in its order, prints what the
 * page says, and does what it says.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hasPermit } from '../digital-keys/permits.ts';
import { maySetPassword } from '../accounts/password-permit.ts';
import type { Person } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import { adminServices, type AdminServices } from './harness/admin-services.ts';
import { addPerson } from './harness/product.ts';
import { missingIn, readRunbook } from './harness/runbook.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/help-desk.md'), 'utf8');
const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
password: { reset: permitted }
factors:
  token-card: { settings: { count: 8, warnAt: 2 } }
  email-otp: { recommended: true }
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
let admin: AdminServices;
let services: Services;
let id: string;
let before: Person;
beforeAll(async () => {
  admin = await adminServices({ configuration });
  services = await admin.open();
  const an = await addPerson(services, { username: 'an.peeters', keys: ['token-card', 'authenticator-app'] });
  ({ id } = an.person);
  const browser = { id: 'd', hash: 'h', key: 'k', grantedAt: 0, until: Number.MAX_SAFE_INTEGER };
  await services.people.change(id, (person) => ({
    ...person,
    trustedBrowsers: [browser],
    keys: person.keys.map((key) => (key.factor === 'authenticator-app' ? { ...key, label: 'my phone' } : key)),
  }));
  before = await look();
});
afterAll(() => admin.close());

async function look(): Promise<Person> {
  const found = await services.people.get(id);
  if (!found) throw new Error('The account is gone.');
  return found;
}
const keyOf = ({ keys }: Person, factor: string) => keys.find((key) => key.factor === factor);
const now = () => admin.clock.now();

const checks: Readonly<Record<string, () => Promise<void>>> = {
  async 'lost-phone'() {
    const person = await look();
    expect(keyOf(person, 'authenticator-app')).toMatchObject({ status: 'off', offBecause: 'removed' });
    expect([hasPermit(person, now()), hasPermit(person, now() + 2 * 3_600_000)]).toEqual([true, false]);
  },
  async withdrawn() {
    expect(hasPermit(await look(), now())).toBe(false);
  },
  async stolen() {
    const person = await look();
    expect(person.sessionsEnded).toBe((before.sessionsEnded ?? 0) + 1);
    expect(person.trustedBrowsers ?? []).toEqual([]);
    expect(keyOf(person, 'token-card')?.status).toBe('active');
  },
  async password() {
    const person = await look();
    expect([person.password, maySetPassword(person, now())]).toEqual([undefined, true]);
  },
  async disabled() {
    expect((await look()).disabled).toBe(true);
  },
  async removed() {
    const person = await services.people.get(id);
    expect(person === undefined || person.removedAt !== undefined).toBe(true);
  },
};

test('A-517 every command of the page prints and does what the page says', async () => {
  const done: string[] = [];
  for (const step of readRunbook(page)) {
    if (step.kind === 'command') {
      const told = await admin.rekey(step.words);
      const whole = `line ${step.line}: rekey ${step.words.join(' ')}\n${told.out}${told.err}`;
      expect({ whole, exit: told.exit }).toEqual({ whole, exit: 0 });
      expect({ whole, missing: missingIn(told.out, step.prints) }).toEqual({ whole, missing: undefined });
    } else if (step.kind === 'mark') {
      const [, name = ''] = step.words;
      await checks[name]?.();
      done.push(name);
    }
  }
  expect(done).toEqual(Object.keys(checks));
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { startProduct } from '../../test/harness/product.ts';
import { HttpAgent } from '../../test/harness/http-agent.ts';
import { relyingParty } from '../../test/harness/relying-party.ts';
import { outboxEntries } from '../../messages/outbox-store.ts';
import type { Person } from '../../accounts/person.ts';
import { unblockPerson, type Unblocked } from '../use-cases/person-unblock.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
  const person = {
    id: 'alice-0001',
    username: 'alice',
    language: 'fr',
    email: 'alice@example.org',
    password: 'correct horse battery',
    keys: [
      { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } },
      { factor: 'email-otp', data: { address: 'alice@example.org' } },
    ],
  };
  await services.rekey('person import -', JSON.stringify(person));
});
afterEach(() => services.close());

const failures = (count: number) => ({ count, lastAt: services.clock.now() });
async function blockAll(): Promise<void> {
  const server = await services.open();
  await server.people.change('alice-0001', (person) => ({
    ...person,
    keys: person.keys.map((key) =>
      key.factor === 'authenticator-app' ? { ...key, status: 'blocked', attempts: failures(50) } : key,
    ),
    otherAttempts: { 'enrol:email-otp': failures(50), email: failures(3) },
    passwordAttempts: { somewhere: failures(7), elsewhere: failures(2) },
  }));
}
const alice = async (): Promise<Person> => {
  const found = await (await services.open()).people.get('alice-0001');
  if (!found) throw new Error('alice is gone');
  return found;
};

test('blocked keys work again, counters are back at zero, it is audited, and the person is told', async () => {
  await blockAll();
  const before = (await alice()).keys;
  const told = await services.rekey('person unblock Alice --json');
  expect(told.exit).toBe(0);
  expect(told.json<Unblocked>()).toEqual({
    person: 'alice-0001',
    username: 'alice',
    keys: [
      { key: before[0]?.id, factor: 'authenticator-app', detail: before[0]?.detail, failures: 50, wasBlocked: true },
    ],
    other: { 'enrol:email-otp': 50, email: 3 },
    password: 9,
    written: true,
  });
  const after = await alice();
  expect(after).toMatchObject({ otherAttempts: {}, passwordAttempts: {}, pending: [] });
  expect(after.keys).toEqual(before.map((key) => ({ ...key, status: 'active', attempts: { count: 0, lastAt: 0 } })));

  const audit = (await services.rekey('audit list --person alice --json')).json<
    { action: string; actor: string; facts?: object }[]
  >();
  const [key, person] = audit.slice(-2);
  expect(key).toMatchObject({ action: 'key.unblocked', facts: { failures: 50, wasBlocked: true } });
  expect(person).toMatchObject({ action: 'person.unblocked', actor: expect.stringMatching(/^cli:/) });
  const queued = await (await services.open()).storage.collection(outboxEntries).count();
  expect(queued).toBe(1);
});

test('a dry run says the same and writes nothing', async () => {
  await blockAll();
  const before = await alice();
  const told = await services.rekey('person unblock alice --dry-run');
  expect(told.out).toContain('blocked, 50 failures');
  expect(told.out).toContain('Nothing was written (dry run).');
  expect(await alice()).toEqual(before);
});

test('without counts, and for an unknown person, it says so and changes nothing', async () => {
  const before = await alice();
  const nothing = await services.rekey('person unblock alice --json');
  expect([nothing.exit, nothing.json()]).toMatchObject([1, { refused: [{ code: 'nothing_blocked' }] }]);
  const nobody = await services.rekey('person unblock bob --json');
  expect([nobody.exit, nobody.json()]).toMatchObject([1, { refused: [{ code: 'person_unknown' }] }]);
  expect(await alice()).toEqual(before);
});

test('a person blocked by wrong codes signs in again with the same key', async () => {
  const product = await startProduct({ limits: { pauseAfter: 1, blockAfter: 2 } });
  try {
    const rp = await relyingParty(product.issuer, product.client);
    const an = await product.addPerson({ keys: ['token-card'] });
    const toCard = async () => {
      const agent = new HttpAgent();
      let page = await agent.get((await rp.begin()).url);
      page = await agent.submit(page, { key: 'token-card' });
      page = await agent.submit(page, { action: 'postpone' });
      page = await agent.submit(page, { username: an.username, password: an.password, action: 'continue' });
      const right = an.card[/data-position="(\d+)"/.exec(page.body)?.[1] ?? ''] ?? '';
      return { agent, page, right };
    };
    for (let wrong = 0; wrong < 2; wrong += 1) {
      const { agent, page, right } = await toCard();
      await agent.submit(page, { code: right === '000000' ? '000001' : '000000', action: 'continue' });
      product.clock.advance(3_600_000);
    }
    expect((await toCard()).page.body).toContain('data-reason="key_blocked"');
    expect(await unblockPerson(product.services, { person: an.username, by: 'cli:test' })).toMatchObject({ ok: true });
    expect((await product.mailTo(an.email, /blokkering/)).text).toContain('werken opnieuw');
    const { agent, page, right } = await toCard();
    const done = await agent.submit(page, { code: right, action: 'continue' });
    expect(done.left?.searchParams.get('code')).toEqual(expect.any(String));
  } finally {
    await product.close();
  }
});

// B6-01 to B6-06 through the pages: what a thief of answers, passwords or ids gains. factors/kit/webauthn.test.ts tests
// the steps of judging one answer.
import { describe, expect, test } from '@jest/globals';
import { flipped } from '../harness/device-simulator.ts';
import { bindDevice, questionOn } from '../harness/device-keys.ts';
import type { Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson } from '../harness/product.ts';
import { relyingParty } from '../harness/relying-party.ts';
import { createSoftwareAuthenticator } from '../harness/software-authenticator.ts';
import {
  begin,
  cardCode,
  givePassword,
  gotCode,
  look,
  parallel,
  personNow,
  reasonOf,
  send,
  stepOf,
  type Visit,
} from './visitor.ts';
import {
  withDevices,
  product,
  rp,
  deviceOf,
  personWithDevice,
  toProof,
  give,
  failuresOf,
  audited,
} from './b6-product.ts';

withDevices();

describe('beside the password', () => {
  test('the right device gives a code, once', async () => {
    const { person, device } = await personWithDevice();
    const visit = await toProof(person);
    const answer = device.get(questionOn(visit.asked.body).options);
    const pages = await parallel(8, (copy) => give(visit, answer, copy));
    expect(pages.filter(gotCode)).toHaveLength(1);
    const again = await toProof(person);
    expect(reasonOf(await give(again, answer))).toBe('device_answer_wrong');
  });

  test('B6-02 a thief with the password and another device is refused', async () => {
    const { person: victim } = await personWithDevice();
    const { person: eve, device: own } = await personWithDevice();
    const visit = await toProof(victim);
    const { options } = questionOn(visit.asked.body);
    const mine = own.keys[0]?.id ?? '';
    const asMine = own.get(JSON.stringify({ ...JSON.parse(options), allowCredentials: [{ id: mine }] }));
    const asTheirs = asMine.replaceAll(mine, JSON.parse(options).allowCredentials[0].id);
    for (const answer of [asMine, asTheirs]) {
      const page = await give(visit, answer);
      expect([gotCode(page), reasonOf(page)]).toEqual([false, 'device_answer_wrong']);
    }
    expect([await failuresOf(victim), await failuresOf(eve)]).toEqual([2, 0]);
    const found = await audited(victim);
    expect(
      found.filter(({ action, reason }) => action === 'key.refused' && reason === 'device_answer_wrong'),
    ).toHaveLength(2);
  });

  test('B6-06 an answer belongs to its sign-in, and after a refusal there is a new challenge', async () => {
    const { person, device } = await personWithDevice();
    const [one, two] = [await toProof(person), await toProof(person)];
    const answer = device.get(questionOn(one.asked.body).options);
    const page = await give(two, answer);
    expect(reasonOf(page)).toBe('device_answer_wrong');
    expect(questionOn(page.body).options).not.toBe(questionOn(two.asked.body).options);
    // Even the right answer to the former challenge is refused.
    expect(gotCode(await give(two, device.get(questionOn(two.asked.body).options)))).toBe(false);
    expect(gotCode(await give(two, device.get(questionOn((await look(two)).body).options)))).toBe(true);
  });

  test('B6-06 six minutes later it is too late', async () => {
    const late = await startProduct({ factors: { passkey: {} } });
    try {
      const lateRp = await relyingParty(late.issuer, late.client);
      const device = createSoftwareAuthenticator({ origin: late.issuer });
      const person = await late.addPerson({ keys: [] });
      await bindDevice(late.services, person.person.id, device);
      const visit = await begin(lateRp);
      await send(visit, 'choose-key', { key: 'passkey' });
      const asked = await givePassword(visit, person);
      const answer = device.get(questionOn(asked.body).options);
      late.clock.advance(6 * 60_000);
      const page = await give(visit, answer);
      expect(reasonOf(page)).toBe('device_answer_expired');
      expect(gotCode(await give(visit, device.get(questionOn(page.body).options)))).toBe(true);
    } finally {
      await late.close();
    }
  });

  test('A-037 a copy of the device is refused, with an audit event', async () => {
    const { person, device } = await personWithDevice();
    const copy = device.copy();
    const first = await toProof(person);
    expect(gotCode(await give(first, device.get(questionOn(first.asked.body).options)))).toBe(true);
    const visit = await toProof(person);
    expect(reasonOf(await give(visit, copy.get(questionOn(visit.asked.body).options)))).toBe('device_copied');
    expect((await audited(person)).some(({ reason }) => reason === 'device_copied')).toBe(true);
  });

  test('A-209c the person and the operator are warned of a possible copy, once a day for each key; wrong answers cause no warning', async () => {
    const { person, device } = await personWithDevice();
    const copy = device.copy();
    const first = await toProof(person);
    expect(gotCode(await give(first, device.get(questionOn(first.asked.body).options)))).toBe(true);
    const told = async () => {
      await product.app.flush();
      return {
        mails: product.mails.filter(({ to, subject }) => to === person.email && /kopie/i.test(subject)),
        audited: (await audited(person)).filter(({ action }) => action === 'key.copied').length,
        logged: product.logs.filter((line) => line.includes('"key.copied"') && line.includes(person.person.id)),
      };
    };
    const counted = () => told().then(({ mails, audited: lines, logged }) => [mails.length, lines, logged.length]);
    const visits = [await toProof(person), await toProof(person), await toProof(person)];
    // Anybody can say a low counter; without the signature it means nothing.
    const forged = await give(
      visits[0] as Visit,
      copy.get(questionOn(visits[0]?.asked.body ?? '').options, { signature: flipped }),
    );
    expect([reasonOf(forged), await counted()]).toEqual(['device_answer_wrong', [0, 0, 0]]);
    const [, ...rest] = visits;
    const pages = await Promise.all(
      rest.map((visit) => give(visit, device.get(questionOn(visit.asked.body).options, { counter: 1 }))),
    );
    expect(pages.map(reasonOf)).toEqual(['device_copied', 'device_copied']);
    await product.mailTo(person.email, /kopie/i);
    expect(await counted()).toEqual([1, 1, 1]);
    const { mails, logged } = await told();
    expect(mails[0]?.text).toMatch(/passkey\): Device[\s\S]*helpdesk/);
    expect(mails[0]?.text).not.toMatch(/https?:|www\./);
    expect(JSON.parse(logged[0] ?? '{}')).toMatchObject({ level: 50, event: 'key.copied', factor: 'passkey' });

    product.clock.advance(24 * 60 * 60_000);
    const next = await toProof(person);
    const later = await give(next, device.get(questionOn(next.asked.body).options, { counter: 1 }));
    expect(reasonOf(later)).toBe('device_copied');
    expect((await counted()).slice(1)).toEqual([2, 2]);
    // The right device is still accepted.
    expect(gotCode(await give(next, device.get(questionOn(later.body).options)))).toBe(true);
  });

  test('all guesses are counted, and pause the key', async () => {
    const { person, device } = await personWithDevice();
    const visit = await toProof(person);
    for (const wrong of ['x', '{}', '[]', '\u001b[31m\r\n', 'x'.repeat(12_288)])
      expect(reasonOf(await give(visit, wrong))).toBe('device_answer_wrong');
    expect(await failuresOf(person)).toBe(5);
    const page = await give(visit, device.get(questionOn((await look(visit)).body).options));
    expect([gotCode(page), reasonOf(page)]).toEqual([false, 'attempts_paused']);
  });

  test('B6-05 an empty answer is no try; a too long one is no form; other fields keep their limits', async () => {
    const { person } = await personWithDevice();
    const visit = await toProof(person);
    expect(reasonOf(await give(visit, ''))).toBe('script_missing');
    expect(reasonOf(await send(visit, 'prove-key', { action: 'continue' }))).toBe('script_missing');
    for (const [name, length] of [
      ['credential', 12_289],
      ['code', 1_025],
      ['label', 1_025],
    ] as const) {
      const page = await send(visit, 'prove-key', { action: 'continue', [name]: 'x'.repeat(length) });
      expect([page.status, reasonOf(page)]).toEqual([400, 'input_invalid']);
    }
    const huge = await give(visit, 'x'.repeat(1_000_000));
    expect([huge.status, gotCode(huge)]).toEqual([413, false]);
    expect(await failuresOf(person)).toBe(0);
    expect(product.logs.join('')).not.toContain('xxxxxxxxxx');
  });

  test('E9 several keys: a wrong answer counts against the claimed one', async () => {
    const { person, device: one } = await personWithDevice();
    const two = deviceOf({ synced: true });
    await bindDevice(product.services, person.person.id, two, { label: 'Second' });
    const visit = await toProof(person);
    const { options } = questionOn(visit.asked.body);
    expect(JSON.parse(options).allowCredentials).toHaveLength(2);
    const page = await give(visit, two.get(options, { signature: flipped }));
    expect(reasonOf(page)).toBe('device_answer_wrong');
    const failures = async () => (await personNow(product, person)).keys.slice(1).map(({ attempts }) => attempts.count);
    expect(await failures()).toEqual([0, 1]);
    expect(gotCode(await give(visit, two.get(questionOn(page.body).options)))).toBe(true);
    expect(await failures()).toEqual([0, 0]);
    const further = await toProof(person);
    expect(gotCode(await give(further, one.get(questionOn(further.asked.body).options)))).toBe(true);
  });
});

describe('registering', () => {
  /** On the page where a card is replaced by a passkey. */
  async function toActivation(person: NewPerson): Promise<{ visit: Visit; page: Page }> {
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'token-card' });
    await send(visit, 'phase-out', { action: 'migrate' });
    const asked = await givePassword(visit, person);
    await send(visit, 'prove-key', { action: 'continue', code: cardCode(person, asked) });
    await send(visit, 'confirm-email', { action: 'continue' });
    const page = await send(visit, 'select-key', { key: 'passkey' });
    expect(stepOf(page)).toBe('activate-key');
    return { visit, page };
  }
  const activate = (visit: Visit, credential: string, label = 'Mine') =>
    send(visit, 'activate-key', { action: 'continue', credential, label });

  test('B6-04 a device that another account has is refused, and nothing changes for either', async () => {
    const { person: victim, device: theirs } = await personWithDevice();
    const eve = await product.addPerson({ keys: ['token-card'] });
    const { visit, page } = await toActivation(eve);
    const before = await personNow(product, eve);
    const own = deviceOf();
    const id = theirs.keys[0]?.id ?? '';
    const refused = await activate(visit, own.create(questionOn(page.body).options, { id }));
    expect([stepOf(refused), reasonOf(refused)]).toEqual(['activate-key', 'device_known']);
    expect(refused.body).not.toContain(victim.username);
    expect((await personNow(product, eve)).keys).toEqual(before.keys);
    const theirVisit = await toProof(victim);
    expect(gotCode(await give(theirVisit, theirs.get(questionOn(theirVisit.asked.body).options)))).toBe(true);
    // The typed name is shown again, and another device is accepted.
    expect(refused.body).toContain('value="Mine"');
    expect(stepOf(await activate(visit, deviceOf().create(questionOn(refused.body).options)))).toBe('done');
  });

  test('B6-04 two people register one device at the same moment: one succeeds', async () => {
    const people = await Promise.all([1, 2].map(() => product.addPerson({ keys: ['token-card'] })));
    const at = await Promise.all(people.map(toActivation));
    const id = Buffer.from(`the same number for both ${people[0]?.username}`).toString('base64url');
    const pages = await Promise.all(
      at.map(({ visit, page }) => activate(visit, deviceOf().create(questionOn(page.body).options, { id }))),
    );
    expect(new Set(pages.map(stepOf))).toEqual(new Set(['activate-key', 'done']));
    const now = await Promise.all(people.map((person) => personNow(product, person)));
    const active = now.map(({ keys }) => keys.filter(({ status }) => status === 'active').map(({ factor }) => factor));
    expect(new Set(active.flat())).toEqual(new Set(['passkey', 'token-card']));
    expect(active.map(({ length }) => length)).toEqual([1, 1]);
  });

  test('B6-06 an answer of another sign-in, and a repeated one', async () => {
    const [eve, an] = await Promise.all([1, 2].map(() => product.addPerson({ keys: ['token-card'] })));
    if (!eve || !an) throw new Error('nobody');
    const [one, two] = [await toActivation(eve), await toActivation(an)];
    const answer = deviceOf().create(questionOn(one.page.body).options);
    const foreign = await activate(two.visit, answer);
    expect([stepOf(foreign), reasonOf(foreign)]).toEqual(['activate-key', 'device_answer_wrong']);
    expect(stepOf(await activate(one.visit, answer))).toBe('done');
    expect(stepOf(await activate(one.visit, answer))).toBe('done');
    expect((await personNow(product, eve)).keys.filter(({ status }) => status === 'active')).toHaveLength(1);
  });

  test('a name is plain text on one line, and no longer than sixty signs', async () => {
    const an = await product.addPerson({ keys: ['token-card'] });
    const { visit, page } = await toActivation(an);
    const label = ` <b>My\u0000\r\n\u202ephone</b> ${'x'.repeat(100)}`;
    const done = await activate(visit, deviceOf().create(questionOn(page.body).options), label);
    expect(stepOf(done)).toBe('done');
    const kept = (await personNow(product, an)).keys.at(-1)?.label ?? '';
    expect(kept).toMatch(/^<b>My phone<\/b> x+$/);
    expect(kept).toHaveLength(60);
    expect(done.body).not.toContain('<b>My');
  });
});

/** Usernameless sign-in, and the dates of a factor of keys in devices. */
import { describe, expect, test } from '@jest/globals';
import { flipped } from '../harness/device-simulator.ts';
import { bindDevice, questionOn } from '../harness/device-keys.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type NewPerson } from '../harness/product.ts';
import { relyingParty } from '../harness/relying-party.ts';
import { createSoftwareAuthenticator } from '../harness/software-authenticator.ts';
import { begin, givePassword, gotCode, look, reasonOf, send, stepOf } from './visitor.ts';
import {
  withDevices,
  product,
  rp,
  mailsRp,
  strictRp,
  deviceOf,
  personWithDevice,
  toProof,
  give,
  signInUsernameless,
  usernameless,
  failuresOf,
  audited,
} from './b6-product.ts';

withDevices();

describe('usernameless', () => {
  test('a device that verifies the user signs in; the answer counts once', async () => {
    const { person, device } = await personWithDevice();
    const visit = await begin(rp);
    const { options, asked } = questionOn(visit.page.body);
    const answer = device.get(options);
    const page = await signInUsernameless(visit, answer, asked);
    expect(gotCode(page)).toBe(true);
    const claims = (await rp.finish(visit.pending, page.left as URL)).claims();
    expect(claims).toMatchObject({ acr: 'urn:rekey:acr:substantial', amr: ['pop', 'user', 'mfa'] });
    expect((await audited(person)).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['key.proved', 'sign-in.completed']),
    );
    for (const again of [visit, await begin(rp)])
      expect(gotCode(await signInUsernameless(again, answer, asked))).toBe(false);
  });

  test('B6-06 the challenge belongs to its sign-in, for five minutes, and is sealed by us', async () => {
    const { device } = await personWithDevice();
    const [one, two] = [await begin(rp), await begin(rp)];
    const first = questionOn(one.page.body);
    const answer = device.get(first.options);
    for (const asked of [first.asked, '', 'x', `${first.asked}x`]) {
      const page = await signInUsernameless(two, answer, asked);
      expect([gotCode(page), reasonOf(page)]).toEqual([false, 'device_answer_expired']);
    }
    const crossed = await signInUsernameless(two, answer, questionOn((await look(two)).body).asked);
    expect([gotCode(crossed), reasonOf(crossed)]).toEqual([false, 'device_unknown']);
  });

  test('B1, B6-02 a challenge that names a key is not valid here, and the other way round', async () => {
    const { person, device } = await personWithDevice();
    const visit = await toProof(person);
    const free = await begin(rp);
    const { options, asked } = questionOn(free.page.body);
    expect(gotCode(await give(visit, device.get(options)))).toBe(false);
    const named = device.get(questionOn((await look(visit)).body).options);
    expect(gotCode(await signInUsernameless(free, named, asked))).toBe(false);
    expect(
      gotCode(await send(visit, 'prove-key', { action: 'usernameless', credential: device.get(options), asked })),
    ).toBe(false);
    expect(gotCode(await send(free, 'prove-key', { action: 'continue', credential: device.get(options) }))).toBe(false);
    expect(stepOf(await look(free))).toBe('choose-key');
  });

  test('B10 unknown, off, blocked, disabled, altered: one sentence for all, and no account is named', async () => {
    const unknown = deviceOf();
    unknown.create(
      JSON.stringify({
        challenge: 'x',
        rp: { id: 'localhost' },
        user: { id: 'A'.repeat(43) },
        authenticatorSelection: { residentKey: 'required' },
      }),
    );
    const [off, blocked, disabled, altered] = await Promise.all([1, 2, 3, 4].map(() => personWithDevice()));
    if (!off || !blocked || !disabled || !altered) throw new Error('nobody');
    const change = (person: NewPerson, status: 'off' | 'blocked') =>
      product.services.people.change(person.person.id, (current) => ({
        ...current,
        keys: current.keys.map((key) => (key.factor === 'passkey' ? { ...key, status } : key)),
      }));
    await change(off.person, 'off');
    await change(blocked.person, 'blocked');
    await product.services.people.change(disabled.person.person.id, (current) => ({ ...current, disabled: true }));
    const pages = [
      await usernameless(unknown),
      await usernameless(off.device),
      await usernameless(blocked.device),
      await usernameless(disabled.device),
      await usernameless(altered.device, { signature: flipped }),
      await usernameless(altered.device, { userHandle: null }),
      await usernameless(altered.device, { userHandle: 'A'.repeat(43) }),
    ].map(({ page }) => page);
    const said = pages.map(({ body }) => /<div class="notice"[\s\S]*?<\/div>/.exec(body)?.[0]);
    expect(new Set(said).size).toBe(1);
    for (const page of pages)
      expect([gotCode(page), stepOf(page), reasonOf(page)]).toEqual([false, 'choose-key', 'device_unknown']);
    for (const { person } of [off, disabled, altered])
      expect(pages.map(({ body }) => body).join('')).not.toContain(person.username);
  });

  test('A-038 a device that does not verify the user signs nobody in by itself', async () => {
    const { device } = await personWithDevice();
    const { page } = await usernameless(device, { flags: { uv: false } });
    expect([gotCode(page), reasonOf(page)]).toEqual([false, 'device_unverified']);
  });

  test('tries are counted against the key, and pause it', async () => {
    const { person, device } = await personWithDevice();
    for (let round = 0; round < 5; round += 1) await usernameless(device, { signature: flipped });
    expect(await failuresOf(person)).toBe(5);
    const { page } = await usernameless(device);
    expect([gotCode(page), reasonOf(page)]).toEqual([false, 'attempts_paused']);
  });

  test('B1 not where another key or a higher level is asked for', async () => {
    const { device } = await personWithDevice();
    for (const party of [mailsRp, strictRp]) {
      const visit = await begin(party);
      expect(visit.page.body).not.toContain('value="usernameless"');
      const free = await begin(rp);
      const { options, asked } = questionOn(free.page.body);
      const page = await signInUsernameless(visit, device.get(options), asked);
      expect([gotCode(page), page.left?.searchParams.get('code')]).toEqual([false, undefined]);
    }
  });

  test('B1 a session that a key alone has opened has no password: another client asks for it', async () => {
    const { person, device } = await personWithDevice();
    const agent = new HttpAgent();
    expect(gotCode((await usernameless(device, {}, agent)).page)).toBe(true);
    const visit = await begin(mailsRp, { agent });
    expect(stepOf(visit.page)).toBe('choose-key');
    const page = await send(visit, 'choose-key', { key: 'email-otp' });
    expect(stepOf(page)).toBe('password');
    expect(stepOf(await givePassword(visit, person))).toBe('prove-key');
  });
});

test('B3 the dates of its factor end it', async () => {
  const ended = await startProduct({
    factors: {
      'email-otp': {},
      passkey: { schedule: { untilAndIncluding: '2024-01-09', zone: 'Europe/Brussels', after: 'refuse' } },
    },
  });
  try {
    const endedRp = await relyingParty(ended.issuer, ended.client);
    const device = createSoftwareAuthenticator({ origin: ended.issuer });
    const person = await ended.addPerson({ keys: ['email-otp'] });
    await bindDevice(ended.services, person.person.id, device);
    const visit = await begin(endedRp);
    expect(visit.page.body).not.toContain('value="usernameless"');
    const page = await signInUsernameless(visit, '{}', 'x');
    expect(reasonOf(page)).toBe('choice_unknown');
  } finally {
    await ended.close();
  }
});

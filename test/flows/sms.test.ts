// A key by text message, from the relying party to the telephone and back: the gateway's own client, and a double of
// the gateway at the wire.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { flows, type Stage } from '../harness/flow-stage.ts';
import { activeKeys, expectClaims, givePassword, otherCode, personOf, toWizard } from '../harness/flow-moves.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { smsDeployment } from '../harness/sms-deployment.ts';
import { startTwilio, type TwilioDouble } from '../harness/twilio-double.ts';
import { until } from '../harness/until.ts';

const fiveMinutes = 5 * 60_000;
const number = '+32470123456';
let gateway: TwilioDouble;
beforeEach(async () => {
  gateway = await startTwilio();
});
afterEach(async () => {
  await gateway.close();
  if (gateway.faults.length > 0) throw new Error(gateway.faults.join('; '));
});

/** The code of the newest message on the telephone, once `count` have come. */
async function textedCode(count: number): Promise<string> {
  await until(`message ${count}`, () => gateway.accepted.length >= count);
  expect(gateway.accepted).toHaveLength(count);
  return /^(\d{6}) /.exec(gateway.accepted.at(-1)?.text ?? '')?.[1] ?? '';
}
const stageOf = (visit: Visit) => visit.main().getAttribute('data-stage');
const tick = (visit: Visit) => visit.page.locator('input[name="risk"]').check();
const logged = ({ product }: Stage, event: string) => product.logs.filter((line) => line.includes(`"${event}"`)).length;

async function toNumber(visit: Visit, stage: Stage, language: 'nl' | 'fr') {
  const an = await stage.product.addPerson({ language, keys: ['token-card'] });
  await toWizard(visit, an);
  await visit.press('continue');
  await visit.expectStep('select-key');
  await visit.choose('sms');
  await visit.expectStep('activate-key', { factor: 'sms' });
  return an;
}

flows('a key by text message', ({ own }) => {
  test.each(['nl', 'fr'] as const)('A-025 A-026 is activated: risk and number, then the code: %s', async (language) => {
    const stage = await own(smsDeployment(gateway));
    const visit = await stage.visit(language, { script: language === 'nl' });
    const an = await toNumber(visit, stage, language);
    const says = (key: string, values = {}) => visit.says(visit.factorText('sms', key, values));

    expect(await stageOf(visit)).toBe('number');
    await says('enrol.number.title');
    await says('risk.text');
    await says('number.hint_national');
    expect(await visit.buttons('action')).toEqual(expect.arrayContaining(['continue', 'previous', 'cancel']));
    expect(await visit.buttons('action')).not.toContain('resend');
    await visit.picture('SMS-enrol', { everywhere: true });

    // Risk not accepted, no number, a landline, an unsupported country: the message is at the field, typed values stay,
    // nothing is sent.
    await visit.send({ number: '0470 12 34 56' });
    await visit.expectStep('activate-key', { factor: 'sms', reason: 'consent_missing' });
    expect(await visit.page.locator('input[name="number"]').inputValue()).toBe('0470 12 34 56');
    await visit.picture('SMS-enrol');
    await tick(visit);
    await visit.send({ number: '0470 12 34' });
    await visit.expectStep('activate-key', { factor: 'sms', reason: 'number_invalid' });
    expect(await visit.page.locator('input[name="risk"]').isChecked()).toBe(true);
    await visit.picture('SMS-enrol', { everywhere: true });
    for (const [typed, reason] of [
      ['02 555 12 34', 'number_refused'],
      ['+33 6 12 34 56 78', 'number_refused'],
    ] as const) {
      if (!(await visit.page.locator('input[name="risk"]').isChecked())) await tick(visit);
      await visit.send({ number: typed });
      await visit.expectStep('activate-key', { factor: 'sms', reason });
    }
    expect(gateway.requests()).toBe(0);

    stage.product.clock.advance(60_000);
    if (!(await visit.page.locator('input[name="risk"]').isChecked())) await tick(visit);
    await visit.send({ number: '0470/12.34.56' });
    await visit.expectStep('activate-key', { factor: 'sms' });
    expect(await stageOf(visit)).toBe('code');
    await says('enrol.sent', { number: '+32 … 56', minutes: 5 });
    await visit.picture('SMS-enrol', { everywhere: true });
    const first = await textedCode(1);
    expect(gateway.accepted[0]).toMatchObject({ to: number, from: 'Proef' });
    expect(gateway.accepted[0]?.text.split('\n').at(-1)).toBe(`@localhost #${first}`);
    expect(await visit.page.content()).not.toContain(first);

    await visit.send({ code: otherCode(first) });
    await visit.expectStep('activate-key', { factor: 'sms', reason: 'code_wrong' });
    stage.product.clock.advance(31_000);
    await visit.press('resend');
    await visit.expectStep('activate-key', { factor: 'sms' });
    expect(await stageOf(visit)).toBe('code');
    const second = await textedCode(2);
    await visit.send({ code: first });
    await visit.expectStep('activate-key', { factor: 'sms', reason: 'code_wrong' });

    // Back to the number, which was wrong; the code that was sent there is void.
    await visit.press('previous');
    await visit.expectStep('activate-key', { factor: 'sms' });
    expect(await stageOf(visit)).toBe('number');
    await tick(visit);
    await visit.send({ number: '+32 470 99 88 77' });
    const third = await textedCode(3);
    expect(gateway.accepted[2]?.to).toBe('+32470998877');
    await visit.send({ code: second });
    await visit.expectStep('activate-key', { factor: 'sms', reason: 'code_wrong' });
    expect(await activeKeys(stage, an)).toEqual(['token-card']);
    await visit.send({ code: `${third.slice(0, 3)} ${third.slice(3)}` });
    await visit.expectStep('done', { factor: 'sms' });
    await visit.picture('SMS-enrol');
    expect(await activeKeys(stage, an)).toEqual(['sms']);
    expect((await personOf(stage, an)).keys.find(({ factor }) => factor === 'sms')?.detail).toBe('+32 … 77');
    await stage.product.app.flush();
    const [on] = await stage.product.services.audit.list({ limit: 1, filter: { factor: 'sms', action: 'key.on' } });
    expect(on?.event.facts).toMatchObject({ riskNotice: 1, riskAcceptedAt: expect.any(Number) });
    await visit.press('continue');
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'sms', 'mfa', 'mca'] });
    expect(stage.product.logs.join('')).not.toMatch(new RegExp(`${first}|${second}|${third}|470123456|470998877`));
  });

  test.each(['nl', 'fr'] as const)('D3 signs in: wrong, late, old, used and right codes: %s', async (language) => {
    const stage = await own(smsDeployment(gateway));
    const an = await stage.product.addPerson({ language, keys: ['sms', 'email-otp'], number });
    const visit = await stage.visit(language);
    await visit.signIn();
    await visit.choose('sms');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'sms' });
    await visit.says(visit.factorText('sms', 'prove.sent', { number: '+32 … 56', minutes: 5 }));
    expect(await visit.buttons('action')).toEqual(expect.arrayContaining(['continue', 'resend', 'other-key']));
    await visit.picture('SMS-prove', { everywhere: true });
    const first = await textedCode(1);
    await visit.page.reload();
    await visit.expectStep('prove-key', { factor: 'sms' });
    expect(gateway.requests()).toBe(1);

    await visit.send({ code: otherCode(first) });
    await visit.expectStep('prove-key', { factor: 'sms', reason: 'code_wrong' });
    await visit.press('resend');
    await visit.expectStep('prove-key', { factor: 'sms', reason: 'sending_paused' });
    stage.product.clock.advance(fiveMinutes);
    await visit.send({ code: first });
    await visit.expectStep('prove-key', { factor: 'sms', reason: 'code_expired' });
    await visit.press('resend');
    await visit.expectStep('prove-key', { factor: 'sms' });
    const second = await textedCode(2);
    await visit.send({ code: first });
    await visit.expectStep('prove-key', { factor: 'sms', reason: 'code_wrong' });
    const late = await visit.secondTab();
    stage.product.clock.advance(fiveMinutes - 1);
    await visit.send({ code: second });
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'sms', 'mfa', 'mca'] });
    await late.send({ code: second });
    expect(late.isAtRelyingParty() || (await late.data('reason')) !== null).toBe(true);
    expect(gateway.requests()).toBe(2);
  });

  test.each([
    ['nl', 'number'],
    ['fr', 'sign-in'],
  ] as const)(
    'a number that gets no messages: said at once, nothing is sent again, other keys: %s %s',
    async (language, where) => {
      gateway.answer((to) => (to === number ? { kind: 'error', status: 400, code: 21614 } : { kind: 'accept' }));
      const stage = await own(smsDeployment(gateway));
      const visit = await stage.visit(language);
      if (where === 'number') {
        const an = await toNumber(visit, stage, language);
        await tick(visit);
        await visit.send({ number });
        await visit.expectStep('activate-key', { factor: 'sms', reason: 'message_undeliverable' });
        await visit.picture('SMS-undeliverable', { everywhere: true });
        stage.product.clock.advance(31_000);
        await visit.press('resend');
        await visit.expectStep('activate-key', { factor: 'sms', reason: 'message_undeliverable' });
        expect(gateway.requests()).toBe(1);
        await visit.press('previous');
        await visit.expectStep('activate-key', { factor: 'sms' });
        await tick(visit);
        await visit.send({ number: '0470 12 34 57' });
        await visit.send({ code: await textedCode(1) });
        await visit.expectStep('done', { factor: 'sms' });
        expect(await activeKeys(stage, an)).toEqual(['sms']);
        return;
      }
      const an = await stage.product.addPerson({ language, keys: ['sms', 'email-otp'], number });
      await visit.signIn();
      await visit.choose('sms');
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'sms', reason: 'message_undeliverable' });
      await visit.picture('SMS-undeliverable', { everywhere: true });
      stage.product.clock.advance(31_000);
      await visit.press('resend');
      await visit.expectStep('prove-key', { factor: 'sms', reason: 'message_undeliverable' });
      expect(gateway.requests()).toBe(1);
      await visit.press('other-key');
      await visit.choose('email-otp');
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      await visit.send({ code: /^(\d{6})\b/m.exec((await stage.product.mailTo(an.email)).text)?.[1] ?? '' });
      await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
    },
  );

  test.each(['nl', 'fr'] as const)(
    'D-07 a failing gateway: the page is shown and says so, with another key: %s',
    async (language) => {
      gateway.answer(() => ({ kind: 'silence' }));
      const stage = await own(smsDeployment(gateway));
      const an = await stage.product.addPerson({ language, keys: ['sms', 'email-otp'], number });
      const visit = await stage.visit(language);
      await visit.signIn();
      await visit.choose('sms');
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'sms' });
      // The page is shown while the gateway has not answered.
      expect({ asked: gateway.requests(), over: logged(stage, 'message.unsure') }).toEqual({ asked: 1, over: 0 });
      stage.product.clock.advance(11_000);
      await visit.page.reload();
      await visit.expectStep('prove-key', { factor: 'sms', reason: 'message_delayed' });
      await visit.picture('SMS-delayed', { everywhere: true });
      gateway.answer(() => ({ kind: 'error', status: 503 }));
      stage.product.clock.advance(20_000);
      await visit.press('resend');
      await visit.expectStep('prove-key', { factor: 'sms', reason: 'message_delayed' });
      expect(gateway.accepted).toEqual([]);
      await visit.press('other-key');
      await visit.choose('email-otp');
      await visit.expectStep('prove-key', { factor: 'email-otp' });
    },
  );

  test('A-027 the risk check refuses: another key, and no message', async () => {
    const { createServer } = await import('node:http');
    const asked: string[] = [];
    const risk = createServer((request, response) => {
      request.on('data', (part: Buffer) => asked.push(part.toString()));
      request.on('end', () => response.end('{"decision":"deny"}'));
    });
    await new Promise<void>((resolve) => {
      risk.listen(0, '127.0.0.1', resolve);
    });
    const { port } = risk.address() as { port: number };
    const riskCheck = { url: `http://127.0.0.1:${port}/`, key: 'k'.repeat(32) };
    const stage = await own(smsDeployment(gateway, { riskCheck }));
    const an = await stage.product.addPerson({ language: 'nl', keys: ['sms', 'email-otp'], number });
    const visit = await stage.visit('nl');
    await visit.signIn();
    await visit.choose('sms');
    await givePassword(visit, an);
    await visit.expectStep('refused', { factor: 'sms', reason: 'number_refused' });
    await visit.picture('SMS-risk');
    expect(JSON.parse(asked.join(''))).toEqual({ number, country: 'BE', person: an.person.id, purpose: 'sms code' });
    expect(gateway.requests()).toBe(0);
    await visit.press('other-key');
    await visit.choose('email-otp');
    await visit.expectStep('prove-key', { factor: 'email-otp' });
    risk.closeAllConnections();
    await new Promise((resolve) => risk.close(resolve));
  });
});

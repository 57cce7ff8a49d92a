// Programs on a device, by their pages: any port of the loopback and a step-up in Go, and AppAuth in Node.js.
import { expect, test } from '@jest/globals';
import { appCode, reasonOf, stepOf } from '../attacks/visitor.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { signInByMail } from '../harness/sign-in-by-mail.ts';
import { until } from '../harness/until.ts';
import { follow, type Followed } from './follow.ts';

const prints = /http:\S+\/auth\?\S+/;
const begun = (there: Followed) => prints.exec(there.said())?.[0] ?? '';

test('A-602 native-go: the page, followed to the letter, signs people in', async () => {
  const there = await follow('native-go', { tool: 'go', prints });
  expect(there).toBeDefined();
  if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
  try {
    const an = await there.product.addPerson({ keys: ['email-otp'] });
    const agent = new HttpAgent();
    const page = await signInByMail(there.product, an, agent, await agent.get(begun(there)));
    expect([new URL(page.url).hostname, page.body.trim()]).toEqual(['127.0.0.1', 'Go back to the program.']);
    await until('it has greeted', () => there.said().includes('Hello'));
    expect(there.said()).toContain(`Hello An Peeters, ${an.email} (urn:rekey:acr:low)`);
  } finally {
    await there.close();
  }
}, 300_000);

test('A-602 appauth: the page, followed to the letter, signs people in', async () => {
  const there = await follow('appauth', { tool: 'node', prints });
  expect(there).toBeDefined();
  if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
  try {
    const an = await there.product.addPerson({ keys: ['email-otp'] });
    const agent = new HttpAgent();
    const page = await signInByMail(there.product, an, agent, await agent.get(begun(there)));
    expect([new URL(page.url).origin, page.body.trim()]).toEqual([there.app, 'Close your browser to continue']);
    await until('it has greeted', () => there.said().includes(`Hello An Peeters, ${an.email}`));
  } finally {
    await there.close();
  }
}, 300_000);

test('G2 native-go: a session that is too weak is stepped up, with what is missing alone', async () => {
  const level = 'urn:rekey:acr:substantial';
  const there = await follow('native-go', { tool: 'go', prints, variables: { LEVEL: level } });
  expect(there).toBeDefined();
  if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
  try {
    const { product } = there;
    const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app'] });
    const agent = new HttpAgent();
    const weak = new URL(begun(there));
    weak.searchParams.delete('acr_values');
    weak.searchParams.set('redirect_uri', 'http://127.0.0.1:9/callback');
    // Nobody listens at that port: the session is what counts.
    await expect(signInByMail(product, an, agent, await agent.get(weak))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });

    let page = await agent.get(begun(there), { from: undefined });
    expect(stepOf(page)).toBe('select-account');
    page = await agent.submit(page, { action: 'continue' });
    if (stepOf(page) === 'choose-key') page = await agent.submit(page, { key: 'authenticator-app' });
    expect([stepOf(page), reasonOf(page), page.body.includes('name="password"')]).toEqual([
      'prove-key',
      undefined,
      false,
    ]);
    page = await agent.submit(page, { code: appCode(an.totp, product.clock.now()), action: 'continue' });
    expect(page.body.trim()).toBe('Go back to the program.');
    await until('it has greeted', () => there.said().includes('Hello'));
    expect(there.said()).toContain(`Hello An Peeters, ${an.email} (${level})`);
  } finally {
    await there.close();
  }
}, 300_000);

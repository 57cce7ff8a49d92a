// The page about a device without a browser, followed to the letter in Go: the program shows a code, a person approves.
import { expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { signInByMail } from '../harness/sign-in-by-mail.ts';
import { until } from '../harness/until.ts';
import { follow } from './follow.ts';

const prints = /Open (http:\S+) and type in (\S+)/;

test('A-665 device: the page, followed to the letter, signs people in', async () => {
  const there = await follow('device', { tool: 'go', prints });
  expect(there).toBeDefined();
  if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
  try {
    const an = await there.product.addPerson({ keys: ['email-otp'] });
    const agent = new HttpAgent();
    const [, address = '', code = ''] = prints.exec(there.said()) ?? [];
    const shown = await agent.submit(await agent.get(address), { user_code: code });
    expect(shown.body).toContain(code);
    const end = await signInByMail(there.product, an, agent, await agent.submit(shown, { confirm: 'yes' }));
    expect(new URL(end.url).pathname).toBe('/device/done');
    await until('it has greeted', () => there.said().includes('Hello'));
    expect(there.said()).toContain(`Hello An Peeters, ${an.email} (urn:rekey:acr:low)`);
  } finally {
    await there.close();
  }
}, 300_000);

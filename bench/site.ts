/** The processor time of each page of *My digital keys*, of a person who is signed in there. */
import { Agent } from 'node:http';
import { generateSync } from 'otplib';
import { HttpAgent } from '../test/harness/http-agent.ts';
import { password } from './many-people.ts';
import { measured, median } from './measured.ts';

const round = 200;

export async function site(say: (figure: string, value: string, promised: string) => void): Promise<void> {
  const product = await measured('product-server.ts', 'no-hash', 'embedded', 'site');
  await product.order('people', 10);
  const now = await product.order<number>('advance', 30_000);
  const issuer = `http://localhost:${product.port}`;
  const browser = new HttpAgent({ connections: new Agent({ keepAlive: true, maxSockets: 8 }) });
  const { url: from } = await browser.get(`${issuer}/my/keys`);
  const send = (step: string, fields: Readonly<Record<string, string>>) =>
    browser.post(`${from}/${step}`, { ...fields, action: 'continue' }, { from });
  await send('password', { username: 'bench-0', password });
  const code = generateSync({ secret: String(product.ready['totp']), epoch: Math.floor(now / 1000) });
  await send('prove-key', { code });
  for (const tab of ['keys', 'profile', 'info']) {
    const times: number[] = [];
    for (let pair = -1; pair < 5; pair += 1) {
      const before = await product.used();
      for (let done = 0; done < round; done += 1) {
        const { body } = await browser.get(`${issuer}/my/${tab}`);
        if (!body.includes(`data-step="${tab}"`)) throw new Error(`No page ${tab}.`);
      }
      if (pair >= 0) times.push(((await product.used()).cpu - before.cpu) / round);
    }
    say(`CPU of a page of My digital keys: ${tab}`, `${median(times).toFixed(2)} ms`, '≤ 15 ms');
  }
  await product.stop();
}

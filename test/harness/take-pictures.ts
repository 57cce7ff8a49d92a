/** `npm run docs:pictures`: the pictures of docs/images, taken from the running product. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { createRenderer } from '../../views/render.ts';
import { launchBrowser } from './browser.ts';
import { startProduct } from './product.ts';
import { relyingParty } from './relying-party.ts';

const folder = join(import.meta.dirname, '../../docs/images');
await mkdir(folder, { recursive: true });
const cardFolder = join(import.meta.dirname, '../../factors/token-card');
const client = {
  id: 'rp',
  name: { nl: 'Mijn belastingen', fr: 'Mes impôts', de: 'Meine Steuern', en: 'My taxes' },
  secret: 'a-secret-of-the-relying-party-1',
  redirectUris: ['https://rp.example/callback'],
};
const name = { nl: 'Aanmelden', fr: 'Connexion', de: 'Anmelden', en: 'Public sign-in' };
const product = await startProduct({ name, clients: [client] });
const rp = await relyingParty(product.issuer, product.client);
const browser = await launchBrowser();
const an = await product.addPerson({ keys: ['token-card'], username: 'an' });

const context = await browser.newContext({
  viewport: { width: 900, height: 760 },
  deviceScaleFactor: 1,
  locale: 'en-GB',
});
const page: Page = await context.newPage();
const take = (file: string) => page.screenshot({ path: join(folder, `${file}.png`), fullPage: true });
const press = (value: string) => page.click(`button[value="${value}"]`);

await page.goto((await rp.begin()).url.href);
await take('choose-key');
await press('token-card');
await take('retirement');
await press('migrate');
await page.fill('[name=username]', an.username);
await page.fill('[name=password]', an.password);
await take('password');
await press('continue');
await take('prove-key');
const position = (await page.getAttribute('main', 'data-position')) ?? '';
await page.fill('[name=code]', an.card[position] ?? '');
await press('continue');
await take('confirm-email');
await press('continue');
await take('select-key');
await press('authenticator-app');
await take('activate-key');
const { generateSync } = await import('otplib');
const secret = /secret=([A-Z2-7]+)/.exec((await page.getAttribute('a[href^="otpauth:"]', 'href')) ?? '')?.[1] ?? '';
await page.fill('[name=code]', generateSync({ secret, epoch: Math.floor(product.clock.now() / 1000) }));
await press('continue');
await take('done');
await press('end-session');
await press('token-card');
await press('postpone');
await page.fill('[name=username]', an.username);
await page.fill('[name=password]', an.password);
await press('continue');
await take('refused');

await context.close();
await product.close();
await pictureOfMail();

// The same service with keys in devices, text messages, a second step that people may secure their account with, and
// trusted browsers.
const desk = { ...client, level: 'single', trustedBrowser: true };
const further = await startProduct({
  name,
  clients: [desk],
  factors: { passkey: { recommended: true }, sms: { settings: { homeCountry: 'BE' } }, 'authenticator-app': {} },
  sms: { outbox: true, countries: ['BE'] },
  password: { minimumLength: 15 },
  signIn: { secureAccount: true, trustedBrowser: { enabled: true } },
});
const atDesk = await relyingParty(further.issuer, further.client);
const jo = await further.addPerson({ keys: ['sms', 'authenticator-app'], username: 'jo' });
const newcomer = await further.addPerson({ keys: [], username: 'ina' });
const other = await browser.newContext({
  viewport: { width: 900, height: 760 },
  deviceScaleFactor: 1,
  locale: 'en-GB',
});
const second: Page = await other.newPage();
const keep = (file: string) => second.screenshot({ path: join(folder, `${file}.png`), fullPage: true });
const go = (value: string) => second.click(`button[value="${value}"]`);
const give = async ({ username, password }: { readonly username: string; readonly password: string }) => {
  await second.fill('[name=username]', username);
  await second.fill('[name=password]', password);
  await go('continue');
};

await second.goto((await atDesk.begin()).url.href);
await keep('without-a-name');
await give(jo);
await keep('another-way');
await go('find-key');
await keep('find-key');
await other.clearCookies();
await second.goto((await atDesk.begin()).url.href);
await go('secure');
await give(newcomer);
await go('continue');
const { text } = await further.mailTo(newcomer.email, /\b\d{6}\b/);
await second.fill('[name=code]', /\b(\d{6})\b/.exec(text)?.[1] ?? '');
await go('continue');
await go('sms');
await keep('text-messages');
await go('previous');
await go('passkey');
await keep('passkey');

await browser.close();
await further.close();

/** The same mail on a light and on a dark ground, side by side. */
async function pictureOfMail(): Promise<void> {
  const renderer = createRenderer({
    factorFolders: { 'token-card': cardFolder },
    products: name,
    zone: 'Europe/Brussels',
  });
  const sunsetAt = Date.parse('2026-12-10T00:00:00+01:00');
  const { html } = renderer.message('core', 'key_going', 'en', { factor: 'token-card', sunsetAt });
  const shots = await Promise.all(
    (['light', 'dark'] as const).map(async (colorScheme) => {
      const inbox = await browser.newContext({ colorScheme, viewport: { width: 440, height: 640 } });
      const sheet = await inbox.newPage();
      await sheet.setContent(html);
      const bytes = await sheet.screenshot({ fullPage: true });
      await inbox.close();
      return bytes.toString('base64');
    }),
  );
  const beside = await browser.newPage({ viewport: { width: 900, height: 640 } });
  const images = shots.map((bytes) => `<img src="data:image/png;base64,${bytes}">`).join('');
  await beside.setContent(`<body style="margin:0;display:flex;gap:20px;background:#ccd3d6">${images}</body>`);
  await beside.screenshot({ path: join(folder, 'mail.png'), fullPage: true });
  await beside.close();
}

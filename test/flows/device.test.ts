// A device without a browser (RFC 8628) in Chromium: openid-client is the device, the person sees its code on both
// screens.
import { expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { signInInBrowser } from '../harness/sign-in-by-mail.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';

const secret = 'a-secret-of-the-service-tv';
const names = { nl: 'Televisie', fr: 'Télévision', de: 'Fernseher', en: 'Television' };

async function device({ product }: Stage): Promise<oidc.Configuration> {
  const options = { execute: [oidc.allowInsecureRequests] };
  return oidc.discovery(new URL(product.issuer), 'tv', {}, oidc.ClientSecretBasic(secret), options);
}

flows('a device', ({ shared }) => {
  const stage = shared({ clients: [{ id: 'tv', name: names, deviceGrant: true }] });

  test.each(['nl', 'fr'] as const)(
    'A-665 %s: from the code on the device to its tokens',
    async (language) => {
      const { product } = stage();
      const an = await product.addPerson({ language, keys: ['email-otp'] });
      const config = await device(stage());
      const begun = await oidc.initiateDeviceAuthorization(config, { scope: 'openid email' });
      const visit = await stage().visit(language);
      await visit.page.goto(begun.verification_uri);
      await visit.expectStep('device-code');
      await visit.picture('device', { everywhere: true });
      await visit.follow(visit.page.locator('main button[type="submit"]'));
      await visit.expectStep('device-code', { reason: 'field_empty' });
      await visit.type({ user_code: 'bbbb bbbb' });
      await visit.follow(visit.page.locator('main button[type="submit"]'));
      await visit.expectStep('device-code', { reason: 'user_code_unknown' });
      await visit.picture('device', { everywhere: true });
      await visit.type({ user_code: ` ${begun.user_code.toLowerCase()} ` });
      await visit.follow(visit.page.locator('main button[type="submit"]'));
      await visit.expectStep('device-confirm');
      await visit.says(
        begun.user_code,
        names[language],
        visit.text('device.confirm.own'),
        visit.text('device.confirm.fraud'),
      );
      await visit.picture('device', { everywhere: true });
      await visit.follow(visit.page.locator('button[name="confirm"]'));
      await visit.expectStep('choose-key');
      await signInInBrowser(product, an, visit.page);
      await visit.page.waitForURL('**/device/done');
      await visit.expectStep('device-code');
      await visit.says(visit.text('device.done.what'));
      await visit.picture('device', { everywhere: true });
      // Its first question comes by itself after the five seconds that it was told.
      const tokens = await oidc.pollDeviceAuthorizationGrant(config, begun);
      expect(tokens.claims()).toMatchObject({ aud: 'tv', acr: 'urn:rekey:acr:low' });
      const { email } = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '');
      expect(email).toBe(an.email);
    },
    90_000,
  );

  test('A-665 the address with the code shows it, in another language too, and asks; a no is told to the device', async () => {
    const config = await device(stage());
    const begun = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' });
    const visit = await stage().visit('en');
    await visit.page.goto(begun.verification_uri_complete ?? '');
    await visit.page.locator('main[data-step="device-confirm"]').waitFor();
    await visit.says(begun.user_code);
    await visit.follow(visit.page.locator('button[name="language"][value="de"]'));
    expect(await visit.page.locator('html').getAttribute('lang')).toBe('de');
    expect([await visit.step(), (await visit.reads()).includes(begun.user_code)]).toEqual(['device-confirm', true]);
    await visit.follow(visit.page.locator('button[name="abort"]'));
    expect([new URL(visit.page.url()).pathname, await visit.data('mode')]).toEqual(['/device/refused', 'refused']);
    await visit.picture('device-refused');
    await expect(oidc.pollDeviceAuthorizationGrant(config, begun)).rejects.toMatchObject({ error: 'access_denied' });
  }, 60_000);
});

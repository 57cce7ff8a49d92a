// A service of somebody else asks for data: the person allows it once, or does not, and withdraws it.
import { expect, test } from '@jest/globals';
import { appCode, expectClaims, givePassword } from '../harness/flow-moves.ts';
import { clientName, flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';

const name = 'Huurwoning & Co';

async function byApp(stage: Stage, visit: Visit, an: NewPerson): Promise<void> {
  await visit.expectStep('choose-key');
  await visit.choose('authenticator-app');
  await givePassword(visit, an);
  stage.product.clock.advance(30_000);
  await visit.send({ code: appCode(an.totp, stage.product.clock.now()) });
}

flows('consent', ({ shared }) => {
  const stage = shared((address) => ({
    factors: { 'authenticator-app': {}, 'email-otp': {} },
    sites: { selfService: true },
    links: {},
    clients: [
      { id: 'taxes', name: clientName },
      {
        id: 'rent',
        name,
        thirdParty: true,
        scopes: ['openid', 'profile', 'email', 'groups'],
        refresh: true,
        tosUri: `${address}/terms`,
        policyUri: { nl: `${address}/nl`, fr: `${address}/fr`, de: `${address}/de`, en: `${address}/en` },
      },
    ],
  }));
  const data = async (visit: Visit) =>
    visit.page.locator('[data-scope]').evaluateAll((found) => found.map((one) => one.getAttribute('data-scope')));

  test.each(['nl', 'fr'] as const)(
    'A-676 asked once after the sign-in, again for more, refused, and withdrawn in My digital keys, %s',
    async (language) => {
      const { product, relyingParty } = stage();
      const an = await product.addPerson({ language, keys: ['authenticator-app'] });
      const visit = await stage().visit(language, { script: language === 'nl' });
      const texts = (...scopes: readonly string[]) => scopes.map((scope) => visit.text(`consent.data.${scope}`));

      await visit.signIn({ client: 'rent' });
      await byApp(stage(), visit, an);
      await visit.expectStep('consent');
      await visit.says(name, new URL(relyingParty.address).host, 'An Peeters', ...texts('openid', 'profile', 'email'));
      expect(await data(visit)).toEqual(['openid', 'profile', 'email']);
      const links = visit.page.locator('main a');
      expect(
        await links.evaluateAll((found) => found.map((one) => [one.getAttribute('href'), one.getAttribute('rel')])),
      ).toEqual([
        [`${relyingParty.address}/terms`, 'noreferrer'],
        [`${relyingParty.address}/${language}`, 'noreferrer'],
      ]);
      expect(await visit.buttons('action')).toEqual(['allow', 'deny']);
      await visit.picture('A-676', { everywhere: true });
      // Reload and the back button are harmless.
      await visit.page.reload();
      await visit.expectStep('consent');
      await visit.press('allow');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });

      await visit.signIn({ client: 'rent' });
      await expectClaims(visit, {});
      await visit.signIn({ client: 'taxes', prompt: 'consent' });
      await expectClaims(visit, {});

      await visit.signIn({ client: 'rent', scope: 'openid email groups offline_access' });
      await visit.expectStep('consent');
      await visit.says(...texts('openid', 'email', 'groups', 'offline_access'));
      await visit.picture('A-676-more', { everywhere: true });
      await visit.press('deny');
      expect(await visit.told()).toEqual({ error: 'access_denied' });

      await visit.page.goto(`${product.issuer}/my/info`);
      await visit.expectStep('info');
      await visit.says(visit.text('my.info.consents'), name, ...texts('profile', 'email'));
      await visit.saysNot(...texts('groups'));
      await visit.picture('A-682', { everywhere: true });
      await visit.press('withdraw');
      await visit.says(visit.text('my.said.withdrawn'));
      await visit.saysNot(visit.text('my.info.consents'));
      await visit.signIn({ client: 'rent' });
      await visit.expectStep('consent');
    },
  );
});

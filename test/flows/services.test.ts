// G1 and G3: a service signs people in and out with a certified library. And one that forgets a sign-in after five
// minutes: it begins anew, and single sign-on finishes at once; dead ends of a sign-in lead there too.
import { expect, test } from '@jest/globals';
import { letEngineFetch } from '../harness/engine-fetch.ts';
import { appCode, expectClaims, givePassword } from '../harness/flow-moves.ts';
import { clientName, flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';
import { until } from '../harness/until.ts';

const factors = { 'email-otp': {}, 'authenticator-app': {}, 'token-card': { settings: { reuse: 'reusable' } } };
const minutes = 60_000;

async function byApp(stage: Stage, visit: Visit, an: NewPerson, parameters: Readonly<Record<string, string>> = {}) {
  await visit.signIn(parameters);
  await visit.expectStep('choose-key');
  await visit.choose('authenticator-app');
  await givePassword(visit, an);
  await visit.expectStep('prove-key', { factor: 'authenticator-app' });
  stage.product.clock.advance(30_000);
  await visit.send({ code: appCode(an.totp, stage.product.clock.now()) });
}

letEngineFetch();

flows('services', ({ shared }) => {
  const stage = shared((address) => ({
    factors,
    internalHosts: [new URL(address).host],
    clients: ['taxes', 'pensions', 'permits'].map((id) => ({
      id,
      name: clientName,
      postLogoutRedirectUris: [`${address}/signed-out`],
      ...(id === 'permits' ? {} : { backchannelLogoutUri: `${address}/logged-out?client=${id}` }),
    })),
  }));

  test.each(['nl', 'fr'] as const)(
    'A-685 G1 the ID token says who signed in, how, and when; and single sign-on says the same, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['email-otp', 'authenticator-app'] });
      const visit = await stage().visit(language, { script: language === 'nl' });
      await byApp(stage(), visit, an);
      const authTime = Math.floor(stage().product.clock.now() / 1000);
      const how = { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'], auth_time: authTime };
      await expectClaims(visit, how);
      const first = await visit.told();
      expect(first).toMatchObject({ person: { email: an.email, name: 'An Peeters' } });
      await visit.picture('G1');
      stage().product.clock.advance(10 * minutes);
      await visit.signIn({ client: 'pensions' });
      await expectClaims(visit, how);
      // Another browser is another sign-in, of the same person.
      const elsewhere = await stage().visit(language);
      await byApp(stage(), elsewhere, an);
      const second = await elsewhere.told();
      expect('claims' in first && 'claims' in second && first.claims['sub'] === second.claims['sub']).toBe(true);
      await expectClaims(elsewhere, { auth_time: Math.floor(stage().product.clock.now() / 1000) });
    },
  );

  test.each(['nl', 'fr'] as const)(
    'A-685 G3 a service signs a person out, and the other ones are told; without a proof the person is asked, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['authenticator-app'] });
      const visit = await stage().visit(language, { script: language === 'nl' });
      await byApp(stage(), visit, an);
      await visit.signIn({ client: 'pensions' });
      await expectClaims(visit, {});
      const { address, loggedOut } = stage().relyingParty;
      const before = loggedOut.length;
      await visit.page.goto(`${address}/sign-out?client=taxes`);
      expect([visit.page.url(), await visit.page.textContent('body')]).toEqual([`${address}/signed-out`, 'signed out']);
      await until('both services are told', () => loggedOut.length >= before + 2);
      const told = loggedOut.slice(before).map(({ client }) => client);
      expect(told.toSorted()).toEqual(['pensions', 'taxes']);
      await visit.signIn();
      await visit.expectStep('choose-key');

      stage().product.clock.advance(minutes);
      await byApp(stage(), visit, an);
      await visit.page.goto(`${stage().product.issuer}/session/end?client_id=taxes`);
      await visit.expectStep('sign-out');
      await visit.says(visit.text('sign_out.as', { name: 'An Peeters' }));
      await visit.picture('G3-asked', { everywhere: true });
      await visit.page.locator('button[name="logout"][value="yes"]').click();
      await visit.page.locator('main[data-step="signed-out"]').waitFor();
      await visit.picture('G3-out', { everywhere: true });
      await visit.signIn();
      await visit.expectStep('choose-key');
    },
  );
});

flows('services that forget', ({ shared }) => {
  const stage = shared((address) => ({
    factors,
    clients: [
      { id: 'plain', name: clientName },
      { id: 'forgets', name: clientName, initiateLoginUri: `${address}/begin?client=forgets` },
      {
        id: 'picky',
        name: clientName,
        accepts: ['token-card'],
        initiateLoginUri: `${address}/begin?client=picky`,
      },
    ],
  }));
  const forgetful = async (): Promise<Stage> => {
    const { product, relyingParty } = stage();
    const clients = product.services.settings.clients.map(({ id }) => ({
      id,
      secret: `a-secret-of-the-service-${id}`,
    }));
    await relyingParty.connect(product.issuer, clients, { now: () => product.clock.now(), milliseconds: 5 * minutes });
    return stage();
  };

  test.each(['nl', 'de'] as const)(
    'A-686 after a long sign-in the service begins anew, and single sign-on finishes at once, %s',
    async (language) => {
      const { product, relyingParty, ...there } = await forgetful();
      for (const client of ['plain', 'forgets'] as const) {
        const an = await product.addPerson({ language, keys: ['authenticator-app'] });
        const visit = await there.visit(language, { script: language === 'nl' });
        const before = relyingParty.told.length;
        await visit.signIn({ client });
        await visit.choose('authenticator-app');
        await givePassword(visit, an);
        product.clock.advance(6 * minutes);
        await visit.send({ code: appCode(an.totp, product.clock.now()) });
        // The service that says where its sign-ins begin never sees the late answer.
        if (client === 'forgets') await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
        else expect(await visit.told()).toEqual({ error: 'state_unknown' });
        expect(relyingParty.told).toHaveLength(before + 1);
      }
    },
  );

  test.each(['nl', 'de'] as const)(
    'A-687 where no key is left, the page leads to where the service begins anew, %s',
    async (language) => {
      const { product, relyingParty, ...there } = await forgetful();
      const an = await product.addPerson({ language, keys: ['authenticator-app'] });
      const visit = await there.visit(language, { script: language === 'nl' });
      await byApp({ product, relyingParty, ...there }, visit, an, { client: 'plain' });
      await visit.signIn({ client: 'picky' });
      await visit.expectStep('refused', { reason: 'no_usable_key' });
      await visit.picture('A-687', { everywhere: true });
      const link = visit.page.locator('main a').filter({ hasText: clientName[language].replaceAll('-', '\u2011') });
      expect(await link.textContent()).toBe(visit.text('refused.begin_anew', { service: clientName[language] }));
      const first = visit.uid();
      await visit.follow(link);
      await visit.expectStep('refused', { reason: 'no_usable_key' });
      expect(visit.uid()).not.toBe(first);
    },
  );
});

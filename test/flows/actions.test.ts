// What an application asks a person to do with the account (`rekey_action`): a key is added, and one is removed.
import { expect, test } from '@jest/globals';
import {
  activeKeys,
  appCode,
  expectClaims,
  giveCard,
  givePassword,
  mailedCode,
  mailsTo,
  personOf,
} from '../harness/flow-moves.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';

const clients = [
  {
    id: 'keys',
    secret: 'a-secret-of-the-first-service',
    name: { nl: 'Mijn digitale sleutels', fr: 'Mes clés', de: 'Meine digitalen Schlüssel', en: 'My digital keys' },
    actions: ['add-key', 'remove-key'],
  },
];
const deployment = {
  clients,
  factors: {
    'authenticator-app': { recommended: true },
    'email-otp': {},
    'token-card': { settings: { count: 8, warnAt: 2 } },
  },
};
const status = (visit: Visit) => new URL(visit.page.url()).searchParams.get('rekey_action_status');

async function activateApp({ product }: Stage, visit: Visit): Promise<void> {
  await visit.choose('authenticator-app');
  await visit.expectStep('activate-key', { factor: 'authenticator-app' });
  const secret = (await visit.page.locator('.secret').textContent()) ?? '';
  await visit.send({ code: appCode(secret, product.clock.now()) });
}

flows('actions', ({ shared }) => {
  const stage = shared(deployment);

  test.each(['nl', 'de'] as const)(
    'C3 a key is added, and another one removed, from an application, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage().visit(language, { script: language === 'nl' });
      await visit.signIn({ rekey_action: 'add-key' });
      await visit.expectStep('password');
      await visit.says(visit.text('password.action'));
      await visit.picture('C3', { everywhere: true });
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'token-card' });
      await visit.picture('C3', { everywhere: true });
      await giveCard(visit, an);
      await visit.expectStep('confirm-email');
      await visit.press('continue');
      await visit.send({ code: await mailedCode(stage(), an.email) });
      await visit.expectStep('select-key');
      await visit.picture('C3', { everywhere: true });
      await activateApp(stage(), visit);
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.picture('C3', { everywhere: true });
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
      expect(status(visit)).toBe('success');

      // The session has just proved a key: the page comes at once.
      const { keys } = await personOf(stage(), an);
      const id = keys.find(({ factor }) => factor === 'token-card')?.id ?? '';
      await visit.signIn({ rekey_action: `remove-key:${id}` });
      await visit.expectStep('remove-key', { factor: 'token-card' });
      await visit.picture('C3', { everywhere: true });
      await visit.press('cancel');
      expect([await visit.told(), status(visit)]).toEqual([{ error: 'access_denied' }, 'cancelled']);
      await visit.signIn({ rekey_action: `remove-key:${id}` });
      await visit.press('remove');
      expect(status(visit)).toBe('success');
      expect(await activeKeys(stage(), an)).toEqual(['authenticator-app']);
      expect(await mailsTo(stage(), an.email)).toHaveLength(3);

      // The last one stays.
      const app = (await personOf(stage(), an)).keys.find(({ factor }) => factor === 'authenticator-app')?.id ?? '';
      await visit.signIn({ rekey_action: `remove-key:${app}` });
      await visit.expectStep('refused', { reason: 'key_last' });
      await visit.picture('C3', { everywhere: true });
      await visit.press('cancel');
      expect(status(visit)).toBe('refused');
      expect(await activeKeys(stage(), an)).toEqual(['authenticator-app']);
    },
  );
});

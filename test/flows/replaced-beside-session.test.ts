// A key is replaced in a browser whose session depends on that key: the sign-in continues to the service.
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { activeKeys, appCode, expectClaims, giveCard, givePassword, toActivation } from '../harness/flow-moves.ts';

flows('a key replaced beside a session', ({ own }) => {
  test('A-204 the session is reviewed meanwhile, and the sign-in ends at the service', async () => {
    const stage = await own();
    const an = await stage.product.addPerson({ language: 'nl', keys: ['token-card'] });
    const visit = await stage.visit('nl');
    await visit.signIn();
    await visit.choose('token-card');
    await visit.press('postpone');
    await givePassword(visit, an);
    await giveCard(visit, an);
    await expectClaims(visit, { acr: 'urn:rekey:acr:low' });

    await visit.signIn({ prompt: 'login' });
    await visit.choose('token-card');
    await visit.press('migrate');
    await givePassword(visit, an);
    await giveCard(visit, an);
    await toActivation(visit, 'authenticator-app');
    const secret = (await visit.page.locator('.secret').textContent()) ?? '';
    await visit.send({ code: appCode(secret, stage.product.clock.now()) });
    await visit.expectStep('done');
    await stage.product.app.flush();
    await visit.press('continue');
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
    expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
  });
});

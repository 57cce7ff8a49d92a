// Rows A5 and A1 on the other store: what is sure to be run on it, whatever the rest of the run is on.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { activeKeys, expectClaims, mailedCode, toActivation, toWizard } from '../harness/flow-moves.ts';
import { startMongodb, type MongodbServer } from '../harness/mongodb-server.ts';
import { withMongodb } from '../harness/with-mongodb.ts';

let server: MongodbServer;

withMongodb('on MongoDB', () => {
  beforeAll(async () => {
    server = await startMongodb();
  }, 200_000);
  afterAll(() => server.stop());

  flows('in a browser', ({ own }) => {
    test('A5 from the card to the code by e-mail in four steps, and single sign-on after a restart', async () => {
      const uri = server.uri(server.newDatabase());
      const stage = await own({ storage: { mongodb: { uri, serverExpiry: false } } });
      const an = await stage.product.addPerson({ language: 'nl', keys: ['token-card'] });
      const visit = await stage.visit('nl');
      await toWizard(visit, an);
      await toActivation(visit, 'email-otp');
      await visit.send({ code: await mailedCode(stage, an.email) });
      await visit.expectStep('done', { factor: 'email-otp' });
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp', 'mca'] });
      expect(await activeKeys(stage, an)).toEqual(['email-otp']);

      await stage.product.restart();
      await visit.signIn();
      await expectClaims(visit, { acr: 'urn:rekey:acr:low' });
      expect(await stage.product.house.audit.verify()).toMatchObject({ ok: true });
    }, 90_000);
  });
});

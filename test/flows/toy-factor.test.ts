// A factor from a folder outside the product: enrolled in the wizard, and used to sign in.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { activeKeys, expectClaims, givePassword, mailsTo, toActivation, toWizard } from '../harness/flow-moves.ts';
import { writeToyFactor, type ToyFactor } from '../harness/toy-factor.ts';

const id = 'slip-of-paper';
let toy: ToyFactor;
beforeAll(async () => {
  toy = await writeToyFactor(id);
});
afterAll(() => toy.remove());

flows('a factor from one folder', ({ own }) => {
  test.each(['nl', 'fr'] as const)('is enrolled, signs in, and is told of, %s', async (language) => {
    const stage = await own({
      factorFolders: [toy.root],
      factors: {
        [id]: { recommended: true, settings: { strength: 'low' } },
        'authenticator-app': {},
        'token-card': {
          settings: { reuse: 'reusable' },
          schedule: { untilAndIncluding: '2024-01-30', zone: 'Europe/Brussels', replacements: [id] },
        },
      },
    });
    const an = await stage.product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage.visit(language);
    await toWizard(visit, an);
    await visit.press('continue');
    expect(await visit.buttons('key')).toEqual([id]);
    await visit.says(visit.factorText(id, 'name'), visit.factorText(id, 'why'));
    await visit.picture('toy');
    await visit.press('previous');
    await toActivation(visit, id);
    await visit.picture('toy');
    const word = /\b[a-z]{12}\b/.exec(await visit.reads())?.[0] ?? '';
    await visit.send({ code: 'wrongwordhere'.slice(0, 12) });
    await visit.expectStep('activate-key', { factor: id, reason: 'code_wrong' });
    await visit.send({ code: word });
    await visit.expectStep('done', { factor: id });
    const name = visit.factorText(id, 'name');
    expect(await mailsTo(stage, an.email)).toContain(visit.text('mail.key_on.subject', { keyName: name }));

    await visit.press('end-session');
    await visit.choose(id);
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: id });
    await visit.picture('toy');
    await visit.send({ code: `${word} 1` });
    await expectClaims(visit, { acr: 'urn:rekey:acr:low' });
    expect(await activeKeys(stage, an)).toEqual([id]);
  });
});

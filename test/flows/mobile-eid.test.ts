// Row E8: a national app by a hand-over to its provider, in Chromium, with a provider that is real (oidc-provider).
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import { startUpstream, outages } from '../eid-world/upstream.ts';
import { activeKeys, expectClaims, givePassword, personOf, toActivation, toWizard } from '../harness/flow-moves.ts';
import { flows } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { freePort } from '../harness/free-port.ts';
import type { NewPerson } from '../harness/product.ts';

const now = Date.now();
const port = await freePort();
const people = ['Jan', 'Marie', 'Otto', 'Ann', 'Eva'].map((name) => ({ sub: `71715100070-${name}`, name }));
const upstream = await startUpstream({
  people,
  redirectUris: [`http://localhost:${port}/factor/mobile-eid/return/itsme`],
});
afterAll(() => upstream.close());
afterEach(() => {
  upstream.outage = undefined;
  upstream.lie = undefined;
});

const dayIn = (days: number): string => new Date(now + days * 86_400_000).toISOString().slice(0, 10);
const { issuer, clientId, keys, host } = upstream;
const deployment = {
  factors: {
    'mobile-eid': {
      recommended: true,
      settings: { linkKey: 'k'.repeat(32), upstreams: [{ id: 'itsme', preset: 'itsme', issuer, clientId, keys }] },
    },
    'email-otp': {},
    'authenticator-app': {},
    'token-card': {
      settings: { reuse: 'reusable' },
      schedule: {
        closeEnrolment: dayIn(-10),
        untilAndIncluding: dayIn(20),
        zone: 'Europe/Brussels',
        after: 're-enrol',
        replacements: ['mobile-eid', 'email-otp'],
      },
    },
  },
  internalHosts: [host],
  signIn: { order: 'key-first', secureAccount: true },
};

flows('a national app', ({ shared }) => {
  const stage = shared(deployment, { at: now, port });

  // The provider has the clock of the machine, as everybody outside has.
  beforeEach(() => stage().product.clock.set(Date.now()));

  const toLink = async (language: 'nl' | 'fr' | 'de' | 'en', options: { readonly script?: boolean } = {}) => {
    const visit = await stage().visit(language, options);
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    await toWizard(visit, an);
    await toActivation(visit, 'mobile-eid');
    return { visit, an };
  };
  /** To the provider, and one of its buttons. */
  const at = async (visit: Visit, sub: string) => {
    await visit.press('continue');
    await answer(visit, sub);
  };
  const answer = async (visit: Visit, sub: string) => {
    expect(new URL(visit.page.url()).origin).toBe(issuer);
    await visit.follow(visit.page.locator(`button[name="sub"][value="${sub}"]`));
  };
  /** Confirms, and stops before the browser comes back. */
  const addressBack = async ({ context, page }: Visit, sub: string): Promise<string> => {
    let response = await context.request.post(page.url(), { form: { sub }, maxRedirects: 0 });
    for (;;) {
      const location = new URL(response.headers()['location'] ?? '', response.url()).href;
      if (location.startsWith(stage().product.issuer)) return location;
      response = await context.request.get(location, { maxRedirects: 0 });
    }
  };
  const linked = async (language: 'nl' | 'fr' | 'de' | 'en', sub: string, options = {}) => {
    const { visit, an } = await toLink(language, options);
    await at(visit, sub);
    await visit.expectStep('done', { factor: 'mobile-eid' });
    await visit.press('continue');
    return { visit, an };
  };
  const toProof = async (visit: Visit, an: NewPerson) => {
    await visit.signIn({ prompt: 'login' });
    await visit.choose('mobile-eid');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'mobile-eid' });
  };
  const accessible = async ({ page }: Visit) => {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  };
  const [jan = '', marie = '', otto = '', ann = '', fifth = ''] = people.map(({ sub }) => sub);

  test.each([
    ['nl', jan, marie],
    ['fr', marie, jan],
  ] as const)('E8 linked once, signs in, and what goes wrong is told apart: %s', async (language, own, other) => {
    const { visit, an } = await toLink(language);
    await visit.picture('E8', { everywhere: true });
    await accessible(visit);
    await at(visit, '');
    await visit.expectStep('activate-key', { factor: 'mobile-eid', reason: 'site_cancelled' });
    await at(visit, own);
    await visit.expectStep('done', { factor: 'mobile-eid' });
    await visit.press('continue');
    expect(await activeKeys(stage(), an)).toContain('mobile-eid');

    await toProof(visit, an);
    await visit.picture('E8', { everywhere: true });
    await accessible(visit);
    await at(visit, other);
    await visit.expectStep('prove-key', { factor: 'mobile-eid', reason: 'site_person_other' });
    await visit.picture('E8', { everywhere: true });
    await accessible(visit);
    await at(visit, '');
    await visit.expectStep('prove-key', { factor: 'mobile-eid', reason: 'site_cancelled' });
    await at(visit, own);
    await expectClaims(visit, { acr: 'urn:rekey:acr:high', amr: ['pwd', 'mfa'] });
    const written = JSON.stringify([await personOf(stage(), an), stage().product.logs]);
    expect(written).not.toContain('71715100070');
  });

  test('A-043: one person there stands for one account here', async () => {
    const { visit } = await linked('de', otto);
    expect(visit.isAtRelyingParty()).toBe(true);
    const second = await toLink('de');
    await at(second.visit, otto);
    await second.visit.expectStep('activate-key', { reason: 'device_known' });
    expect(await activeKeys(stage(), second.an)).not.toContain('mobile-eid');
  });

  test('A-527: without script; an answer in another browser opens nothing, and counts in its own', async () => {
    const { visit, an } = await linked('en', ann, { script: false });
    await toProof(visit, an);
    await visit.press('continue');
    const address = await addressBack(visit, ann);
    const stranger = await stage().visit('en');
    await stranger.signIn();
    await stranger.page.goto(address);
    await stranger.expectStep('refused', { reason: 'interaction_foreign' });
    await visit.page.goto(address);
    await expectClaims(visit, { acr: 'urn:rekey:acr:high' });
    // Once more: it was answered.
    const again = await visit.page.goto(address);
    expect(again?.status()).toBe(410);
    await visit.expectStep('refused', { reason: 'interaction_expired' });
  });

  test('A-522, D-09: a provider that is down: a page within 5 s, in the language of the person, with other keys', async () => {
    const visit = await stage().visit('fr');
    const an = await stage().product.addPerson({ language: 'fr', keys: ['token-card', 'email-otp'] });
    await toWizard(visit, an);
    await toActivation(visit, 'mobile-eid');
    await at(visit, fifth);
    await visit.press('continue');
    await toProof(visit, an);
    for (const how of outages) {
      upstream.outage = { at: 'pushed', how };
      const begun = performance.now();
      await visit.press('continue');
      expect(performance.now() - begun).toBeLessThan(5_000);
      await visit.expectStep('prove-key', { factor: 'mobile-eid', reason: 'site_unavailable' });
      expect(await visit.buttons('key')).toContain('email-otp');
    }
    await visit.picture('E8-down', { everywhere: true });
    upstream.outage = undefined;
    await at(visit, fifth);
    await expectClaims(visit, { acr: 'urn:rekey:acr:high' });
    // Nothing of this counted against the key.
    const key = (await personOf(stage(), an)).keys.find(({ factor }) => factor === 'mobile-eid');
    expect(key?.attempts.count).toBe(0);
  });
});

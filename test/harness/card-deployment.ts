/** A deployment with identity cards of a test country, and what a person does with a card in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCountry, type Country } from '../eid-world/country.ts';
import type { CertifiedKey } from '../eid-world/national-pki.ts';
import { signToken } from '../eid-world/software-card.ts';
import { writeCountry } from '../eid-world/trust-folder.ts';
import type { Stage } from './flow-stage.ts';
import type { NewPerson, Overrides } from './product.ts';
import { start } from './product.ts';

export interface CardWorld {
  readonly country: Country;
  readonly deployment: Overrides;
  close(): Promise<void>;
}

/** The paper card goes, and identity card or app take its place. @param rules what the country file says otherwise */
export async function createCardWorld(rules: Readonly<Record<string, unknown>> = {}): Promise<CardWorld> {
  const country = await createCountry(start);
  const folder = mkdtempSync(join(tmpdir(), 'rekey-card-flow-'));
  const goes = {
    closeEnrolment: '2023-07-19',
    untilAndIncluding: '2024-01-30',
    zone: 'Europe/Brussels',
    after: 're-enrol',
    replacements: ['eid-card', 'authenticator-app'],
  };
  // No answer of the responder is used again: what it says now is what is seen.
  const places = writeCountry(folder, country, { cacheSeconds: 0 }, rules);
  return {
    country,
    deployment: {
      factors: {
        'eid-card': { recommended: true, settings: { linkKey: 'k'.repeat(32), ...places } },
        'authenticator-app': {},
        'token-card': { settings: { reuse: 'reusable' }, schedule: goes },
      },
      internalHosts: [country.responder.host],
      signIn: { order: 'key-first', secureAccount: true },
      sites: { selfService: true },
    },
    async close() {
      await country.responder.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Links a card to a person, as the page of the activation does, without the page. */
export async function linkCard({ product }: Pick<Stage, 'product'>, an: NewPerson, card: CertifiedKey): Promise<void> {
  const { registry, people, enrolments, clock, toolsFor, settings } = product.services;
  const factor = registry.get('eid-card');
  const found = await people.get(an.person.id);
  if (factor === undefined || !found) throw new Error('No factor, or nobody.');
  const tools = toolsFor(factor);
  const facts = { id: found.id, username: '', displayName: '', email: undefined, language: found.language };
  const begun = await factor.begin(tools, facts, {});
  if (!begun.ok) throw new Error(begun.reason);
  const asked = { origin: new URL(settings.issuer).origin, nonce: String(begun.value.shows['nonce']) };
  const linked = await factor.confirm(tools, begun.value.pending, { token: JSON.stringify(signToken(card, asked)) });
  if (!linked.ok || !('secret' in linked.value)) throw new Error('The card was not linked.');
  const { secret } = linked.value;
  await people.change(found.id, (current) => ({
    ...enrolments.bind(current, { factor, secret, source: 'enrolled', by: 'test' }, clock.now()).person,
    pending: [],
  }));
}

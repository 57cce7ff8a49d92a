/** Asks whether a card was revoked, in the way of its country (row 12). */
import { askList, noLists, type KeptLists } from './ask-list.ts';
import type { Outside } from './ask-outside.ts';
import { askResponder, type KeptAnswers } from './ask-responder.ts';
import { wrong, type Judged } from './fault.ts';
import type { Card } from './judge-card.ts';

/** What was told, in this process. */
export interface KeptChecks {
  readonly answers: KeptAnswers;
  readonly lists: KeptLists;
}
export const noChecks = (): KeptChecks => ({ answers: new Map(), lists: noLists() });

/** No answer is a refusal: nobody is let in because somebody is silent. */
export async function checkRevocation(outside: Outside, card: Card, kept: KeptChecks): Promise<Judged<void>> {
  const { ocsp, crl } = card.issuer.rules;
  if (ocsp !== undefined) return askResponder(outside, card, ocsp, kept.answers);
  if (crl !== undefined) return askList(outside, card, crl, kept.lists);
  return wrong('12', 'no way to ask', 'check_unavailable');
}

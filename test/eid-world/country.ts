/** One country for tests, whole: PKI, responder, cards. Takes about half a second to make, so share one in a file. */
import {
  createNationalPki,
  issue,
  issueResponder,
  type CertifiedKey,
  type NationalPki,
  type Wish,
} from './national-pki.ts';
import { startResponder, type Responder } from './ocsp-responder.ts';

export interface Country {
  readonly pki: NationalPki;
  readonly responder: Responder;
  /** A new card by the citizens' CA. */
  card(wish?: Wish): Promise<CertifiedKey>;
  /** A new card by a CA of choice. */
  cardBy(ca: CertifiedKey, wish?: Wish): Promise<CertifiedKey>;
}

/** @param at the instant (ms) around which everything is valid */
export async function createCountry(at: number): Promise<Country> {
  const pki = await createNationalPki(at);
  const responder = await startResponder(at, {
    ca: pki.citizenCa,
    responder: await issueResponder(pki.citizenCa, at),
    stranger: await issueResponder(pki.strangeCa, at),
    ofAnotherCa: await issueResponder(pki.foreignerCa, at),
    withoutPurpose: await issue(pki.citizenCa, at, 'none'),
    expired: await issueResponder(pki.citizenCa, at, { until: at - 1_000 }),
  });
  const cardBy = (ca: CertifiedKey, wish: Wish = {}) => issue(ca, at, responder.url, wish);
  return { pki, responder, card: (wish = {}) => cardBy(pki.citizenCa, wish), cardBy };
}

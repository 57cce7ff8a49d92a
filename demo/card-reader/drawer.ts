/** The cards of a demo: who is on them, which PIN they have, what is wrong with them; and what a card does. */
import { createHash, sign } from 'node:crypto';
import { certificateOf, issuerName, keyOf } from './certificates.ts';

export interface DrawerCard {
  readonly id: string;
  /** What one sees on it. */
  readonly name: string;
  readonly hint: string;
  readonly number: string;
  readonly pin: string;
  readonly state: 'good' | 'revoked' | 'expired';
}

const els = { name: 'Els De Smet', number: '85073003328', pin: '1234' } as const;
export const drawer: readonly DrawerCard[] = [
  { id: 'els', ...els, hint: 'Her card. Link it to the account els.', state: 'good' },
  { id: 'tom', name: 'Tom Baker', number: '79051120017', pin: '4321', hint: 'Somebody else’s card.', state: 'good' },
  { id: 'els-renewed', ...els, hint: 'Els has got a new card: the same person, another card.', state: 'good' },
  {
    id: 'els-lost',
    ...els,
    hint: 'Els reported this one lost: its issuer has revoked it, so it cannot be linked.',
    state: 'revoked',
  },
  { id: 'els-old', ...els, hint: 'It expired last year.', state: 'expired' },
];

const triesOfPin = 3;
const year = 365 * 86_400_000;

const digest = (text: string): Buffer => createHash('sha384').update(text, 'utf8').digest();

/** `right`, or how many tries are left; 0: it is blocked. */
export type PinOutcome = 'right' | number;

export interface Drawer {
  /** Counts wrong tries, as the card does; a new start of the demo unblocks it. */
  tryPin(card: DrawerCard, pin: string): PinOutcome;
  /** What the Web eID app would send: origin and nonce, signed by the card. @param now ms */
  token(card: DrawerCard, asked: { readonly origin: string; readonly nonce: string }, now: number): object;
}

/** @param responder address of the responder, which stands in the certificates */
export function openDrawer(responder: string): Drawer {
  const left = new Map<string, number>();
  return {
    tryPin({ id, pin: right }, pin) {
      const before = left.get(id) ?? triesOfPin;
      if (before === 0) return 0;
      const isRight = pin === right;
      left.set(id, isRight ? triesOfPin : before - 1);
      return isRight ? 'right' : before - 1;
    },
    token({ id, name, number, state }, { origin, nonce }, now) {
      const [from, until] = state === 'expired' ? [now - 6 * year, now - year] : [now - year, now + 5 * year];
      const subject = `card ${id}`;
      const person = { name: `${name} (Authentication)`, number };
      const certificate = certificateOf({ subject, issuer: issuerName, person, responder, from, until });
      const key = { key: keyOf(subject), dsaEncoding: 'ieee-p1363' as const };
      return {
        unverifiedCertificate: certificate.toString('base64'),
        algorithm: 'ES384',
        signature: sign('sha384', Buffer.concat([digest(origin), digest(nonce)]), key).toString('base64'),
        format: 'web-eid:1.0',
        appVersion: 'https://web-eid.eu/web-eid-app/releases/2.9.0+0',
      };
    },
  };
}

/**
 * Finds the account of an activation's link, and tries the paper code of it. Half a link tells nothing.
 * The site and the pages of the activation call it.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import { codeDigest, isSameDigest, linkDigest, readLinkToken } from './activation-secrets.ts';
import {
  activationFault,
  linkDigestOf,
  tryCode,
  withLinkOpened,
  type ActivationFault,
  type CodeTried,
} from './activation.ts';
import { readPaperCode } from './paper-code.ts';
import type { People } from './person-store.ts';
import type { Person } from './person.ts';

export type FoundLink =
  | { readonly ok: true; readonly id: string; readonly person: Person }
  | { readonly ok: false; readonly why: ActivationFault | 'unknown' | 'disabled' };

/** `mistyped`: it is no code, and no try was counted. */
export type CodeAnswer = CodeTried | { readonly right: false; readonly fault: 'mistyped' };

export interface ActivationLinks {
  /** @param token the last part of the link's address */
  find(token: string | undefined): Promise<FoundLink>;
  /** The button of the link's page was pressed. */
  opened(link: Extract<FoundLink, { readonly ok: true }>): Promise<void>;
  /** Compares and counts in one write. @param id of the activation */
  tryCode(person: string, id: string, typed: string): Promise<CodeAnswer>;
}

interface Parts {
  readonly people: Pick<People, 'findByActivation' | 'change' | 'update'>;
  readonly secretBox: Pick<SecretBox, 'digest'>;
  readonly clock: { now(): number };
}

export function createActivationLinks({ people, secretBox, clock }: Parts): ActivationLinks {
  return {
    async find(token = '') {
      const link = readLinkToken(token);
      const person = link && (await people.findByActivation(link.id));
      const digest = link && person && linkDigestOf(person, link.id);
      if (!link || !person || !digest || !isSameDigest(digest, linkDigest(secretBox, link)))
        return { ok: false, why: 'unknown' };
      if (person.disabled) return { ok: false, why: 'disabled' };
      const fault = activationFault(person, link.id, clock.now());
      return fault === undefined ? { ok: true, id: link.id, person } : { ok: false, why: fault };
    },
    async opened({ id, person }) {
      await people.change(person.id, (current) => withLinkOpened(current, id, clock.now()));
    },
    async tryCode(person, id, typed) {
      const code = readPaperCode(typed);
      if (code === undefined) return { right: false, fault: 'mistyped' };
      const given = codeDigest(secretBox, id, code);
      const updated = await people.update<CodeTried>(person, (current) => {
        const tried = tryCode(current, id, (digest) => isSameDigest(digest, given), clock.now());
        return { ...('account' in tried ? { account: tried.account } : {}), result: tried };
      });
      return updated?.result ?? { right: false, fault: 'disabled' };
    },
  };
}

import { expect, test } from '@jest/globals';
import type { Key, Person } from '../accounts/person.ts';
import type { Factor } from '../factors/contract.ts';
import type { FactorRule, SignInContext } from './context.ts';
import { mailboxCounts, resetNeed, type ResetNeed } from './reset-need.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';

const now = 1_000_000_000;
const address = 'an@example.org';
const key = (factor: string) => ({ id: `${factor}-1`, factor }) as Key;
const rule = (id: string, onMailbox?: object) => ({ factor: { id, onMailbox } as Factor }) as FactorRule;
const factors = [rule('app'), rule('mail', { move: (secret: unknown) => secret })];
const proof = (factor: string) => ({ key: `${factor}-1`, factor }) as NonNullable<SignInState['proof']>;
const permit = (until: number) => ({ passwordPermit: { id: 'x', at: now, until, by: 'desk' } });

interface Given {
  readonly at?: number;
  readonly proved?: string;
  readonly keys?: readonly string[];
  readonly holding?: SignInContext['holding'];
  readonly person?: Partial<Person>;
  readonly forgotten?: SignInState['forgotten'];
}

function need({ at = now, proved, keys = [], holding, person = {}, ...given }: Given): ResetNeed {
  const mailed = { what: 'password', mailbox: { address, at } } as const;
  const forgotten = Object.hasOwn(given, 'forgotten') ? given.forgotten : mailed;
  return resetNeed({
    now,
    factors,
    provableKeys: keys.map(key),
    holding: holding ?? (keys.length === 0 ? 'none' : 'askable'),
    person: { email: { address, verifiedAt: 1 }, ...person } as Person,
    state: {
      ...emptyState,
      ...(forgotten && { forgotten }),
      ...(proved === undefined ? {} : { proof: proof(proved) }),
    },
  });
}

test.each<[string, ResetNeed, Given]>([
  ['no key at all', 'nothing', {}],
  ['a key', 'key', { keys: ['app'] }],
  ['a key that is proved', 'nothing', { keys: ['app'], proved: 'app' }],
  ['a key on the same mailbox alone', 'help', { keys: ['mail'] }],
  ['which is no proof', 'help', { keys: ['mail'], proved: 'mail' }],
  ['nor beside another key', 'key', { keys: ['mail', 'app'], proved: 'mail' }],
  ['keys that cannot be proved', 'help', { holding: 'unusable' }],
  ['with a permit', 'nothing', { holding: 'unusable', person: permit(now + 1) }],
  ['with a permit that is over', 'help', { holding: 'unusable', person: permit(now) }],
  ['a permit does not replace a key that works', 'key', { keys: ['app'], person: permit(now + 1) }],
  ['a factor that is not there', 'help', { keys: ['gone'], holding: 'askable' }],
  ['proved a quarter of an hour ago', 'nothing', { at: now - mailboxCounts }],
  ['and a millisecond more', 'again', { at: now - mailboxCounts - 1 }],
  ['the mailbox is another one by now', 'again', { person: { email: { address: 'b@example.org' } } }],
  ['the mailbox was not proved', 'again', { forgotten: { what: 'password' } }],
  ['nothing is forgotten', 'again', { forgotten: undefined }],
])('A-441 %s: %s', (_name, expected, given) => expect(need(given)).toBe(expected));

/** The prospect of a shape equals what the decider says of each account of that shape. */
import { describe, expect, test } from '@jest/globals';
import { assert, constantFrom, property } from 'fast-check';
import { anyPerson } from '../test/harness/any-person.ts';
import { personOfShape, shapeOf } from '../accounts/shape.ts';
import type { Person } from '../accounts/person.ts';
import type { Factor, Strength } from '../factors/contract.ts';
import type { Schedule } from '../factors/policy/types.ts';
import { createContext } from './create-context.ts';
import { nextStep } from './next-step.ts';
import { prospectOf } from './prospect.ts';
import { emptyState } from './sign-in-state.ts';

const strengths: Readonly<Record<string, Strength>> = { sms: 'low', card: 'low', app: 'substantial' };
const schedule = (after: Schedule['after']): Schedule => ({
  factor: 'sms',
  rules: [{ scope: { kind: 'all' }, sunsetAt: 100 }],
  after,
  replacements: [],
  zone: 'UTC',
});
interface Asked {
  readonly at: number;
  readonly level: 'single' | 'low' | 'substantial';
  readonly accepts: readonly string[] | undefined;
  readonly after: Schedule['after'];
  readonly mayActivate: boolean;
  /** Whether a person with a shared mailbox may activate no key. */
  readonly bars?: boolean;
}
const contextOf = (person: Person, { at, level, accepts, after, mayActivate, bars = false }: Asked) =>
  createContext({
    uid: '',
    now: at,
    language: 'en',
    order: 'name-first',
    client: { id: 'bank', nameIn: () => 'bank', ...(accepts && { accepts }) },
    level,
    state: { ...emptyState, person: person.id, passwordAt: at },
    person,
    factors: ['sms', 'card', 'app'].map((id) => ({
      // Only the fields that the decisions read.
      factor: {
        id,
        traits: { many: false, selfService: true, script: false },
        strength: () => strengths[id],
      } as unknown as Factor,
      settings: {},
      recommended: false,
    })),
    strengthOf: (id) => strengths[id],
    rules: {
      asksForKey: true,
      mayActivate,
      deadlines: [],
      password: { minimumLength: 8, reset: 'off' },
      barsMailbox: (address) => bars && address.startsWith('info@'),
    },
    schedules: { sms: schedule(after) },
  });
const asked = constantFrom<Asked>(
  ...[1, 99, 100, 101, 250].flatMap((at) =>
    (['single', 'low', 'substantial'] as const).flatMap((level) =>
      [undefined, ['app'], ['sms']].flatMap((accepts) =>
        (['refuse', 're-enrol'] as const).flatMap((after) =>
          [true, false].flatMap((mayActivate) =>
            [true, false].map((bars) => ({ at, level, accepts, after, mayActivate, bars })),
          ),
        ),
      ),
    ),
  ),
);

test('accounts of one shape have one prospect, except with a permit or a shared mailbox', () => {
  assert(
    property(anyPerson, asked, ({ permit: _apart, ...person }, given) => {
      const how = { ...given, bars: false };
      expect(prospectOf(contextOf(personOfShape(shapeOf(person)), how))).toEqual(prospectOf(contextOf(person, how)));
    }),
    { numRuns: 3_000 },
  );
});

test('the decider never refuses an account that "opens", and never finishes one that is "stranded"', () => {
  assert(
    property(anyPerson, asked, (person, how) => {
      const context = contextOf(person, how);
      const found = prospectOf(context);
      const next = nextStep(context);
      const possible = {
        opens:
          found.kind === 'opens' && found.by.length === 0 ? ['finish', 'secure-account'] : ['choose-key', 'prove-key'],
        replaces: ['choose-key', 'prove-key', 'phase-out', 'secure-account'],
        activates: ['secure-account'],
        disabled: [next],
        stranded: ['choose-key', 'find-key', 'prove-key', 'refused', 'secure-account'],
      }[found.kind];
      expect(possible).toContain(next);
    }),
    { numRuns: 3_000 },
  );
});

describe('the prospect changes at the exact millisecond', () => {
  const account: Person = {
    ...personOfShape(
      JSON.stringify({
        disabled: 0,
        password: 1,
        mail: 'proven',
        keys: [['sms', 'active', 'low', '', 0]],
        groups: [],
        dates: [],
      }),
    ),
  };
  const how = { level: 'low', accepts: undefined, mayActivate: false } as const;
  test.each([
    [99, 'refuse', 'opens'],
    [100, 'refuse', 'stranded'],
    [100, 're-enrol', 'replaces'],
  ] as const)('at %s with %s', (at, after, kind) =>
    expect(prospectOf(contextOf(account, { ...how, at, after })).kind).toBe(kind),
  );
  test('an extension of one person counts', () =>
    expect(
      prospectOf(contextOf({ ...account, dates: { sms: { extendedTo: 200 } } }, { ...how, at: 150, after: 'refuse' }))
        .kind,
    ).toBe('opens'));
});

/** With text messages, and perhaps a stronger key that was removed. */
const withSms = (mail: string, address?: string, strongerRemoved = false): Person => {
  const removed = strongerRemoved ? [['app', 'off', 'substantial', 'removed', 0]] : [];
  const person = personOfShape(
    JSON.stringify({
      disabled: 0,
      password: 1,
      mail,
      keys: [['sms', 'active', 'low', '', 0], ...removed],
      groups: [],
      dates: [],
    }),
  );
  return address === undefined ? person : { ...person, email: { address, verifiedAt: 1 } };
};
const ended = { at: 100, level: 'low', accepts: undefined, after: 're-enrol', mayActivate: false } as const;

describe('A-412 why a person is stranded', () => {
  test.each([
    ['no address', withSms('none', undefined, true), ended, 'mailbox_missing'],
    ['a shared mailbox', withSms('proven', 'info@example.org', true), { ...ended, bars: true }, 'mailbox_shared'],
    ['nothing to activate', withSms('proven'), { ...ended, accepts: ['sms'] }, 'replacement_missing'],
    ['the key leads to nothing', withSms('none'), { ...ended, after: 'refuse' }, 'no_key_counts'],
  ] as const)('%s', (_name, person, given, because) =>
    expect(prospectOf(contextOf(person, given))).toEqual({ kind: 'stranded', because }),
  );
});

describe('A-414 a proof as strong as the strongest key permits another address, so nobody is stranded for want of one', () => {
  const replaces = { kind: 'replaces', from: ['sms'] };
  test.each([
    ['no address', withSms('none'), ended, replaces],
    ['a shared mailbox', withSms('proven', 'info@example.org'), { ...ended, bars: true }, replaces],
    ['a stronger key was there, and the address is good', withSms('proven', undefined, true), ended, replaces],
  ] as const)('%s', (_name, person, given, found) => expect(prospectOf(contextOf(person, given))).toEqual(found));

  test('a key that this relying party does not accept leads on too, once it is over', () => {
    const given = { ...ended, accepts: ['app'], mayActivate: true } as const;
    expect(prospectOf(contextOf(withSms('none'), given))).toEqual({ kind: 'activates' });
    // Before its last day it adds a key, and that takes the mailbox of the account.
    expect(prospectOf(contextOf(withSms('none'), { ...given, at: 99 }))).toEqual({
      kind: 'stranded',
      because: 'mailbox_missing',
    });
  });
});

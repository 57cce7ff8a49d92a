import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Assurance } from '../contract.ts';
import { achieved, levelOf, levelOfAcr, levelOfFactor, rank, required, type Acrs, type Ladder } from './assurance.ts';
import { levels, type Level } from './types.ts';

const acrs: Acrs = { single: 'urn:x:1', low: 'urn:x:2', substantial: 'urn:x:3', high: 'urn:x:4' };
const proof = (strength: Assurance['strength'], extra: Partial<Assurance> = {}): Assurance => ({
  amr: ['otp'],
  strength,
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
  ...extra,
});

describe('achieved', () => {
  test('nothing without the password', () => {
    expect(achieved(false, [proof('high')])).toBeUndefined();
  });
  const alone = { possession: true, userVerified: true, phishingResistant: true, amr: ['swk', 'user'] };
  test('without the password, a key that verifies the user and is bound to this site', () => {
    expect(achieved(false, [proof('substantial', alone)])).toEqual({
      level: 'substantial',
      amr: ['swk', 'user', 'mfa'],
    });
    expect(achieved(true, [proof('substantial', alone)])).toEqual({
      level: 'substantial',
      amr: ['pwd', 'swk', 'user', 'mfa'],
    });
  });
  test.each(['possession', 'userVerified', 'phishingResistant'] as const)(
    'A-038 nothing without the password and without %s',
    (lacking) => {
      expect(achieved(false, [proof('high', { ...alone, [lacking]: false })])).toBeUndefined();
    },
  );
  test('B1 proofs that need a password never replace it, however many there are', () => {
    const any = fc.record({
      amr: fc.constant(['otp']),
      strength: fc.constantFrom('low' as const, 'substantial' as const, 'high' as const),
      possession: fc.boolean(),
      userVerified: fc.boolean(),
      hardware: fc.boolean(),
      phishingResistant: fc.boolean(),
      otherChannel: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any), (proofs) => {
        const enough = proofs.some(
          (one) => one.possession && one.userVerified && one.phishingResistant && one.strength !== 'low',
        );
        const reached = achieved(false, proofs);
        expect(reached !== undefined).toBe(enough);
        expect(reached?.amr ?? []).not.toContain('pwd');
      }),
    );
  });
  test('A-028 a low proof is never more than low, and no mfa', () => {
    expect(achieved(true, [proof('low', { otherChannel: true }), proof('low')])?.amr).toContain('mca');
    expect(achieved(true, [proof('low', { otherChannel: true })])).toEqual({
      level: 'low',
      amr: ['pwd', 'otp', 'mca'],
    });
  });
  test('a substantial proof makes two factors', () => {
    expect(achieved(true, [proof('substantial')])).toEqual({ level: 'substantial', amr: ['pwd', 'otp', 'mfa'] });
  });
  test('I1 the level is never above the strongest proof', () => {
    const strengths = fc.array(fc.constantFrom('low' as const, 'substantial' as const, 'high' as const));
    fc.assert(
      fc.property(strengths, (given) => {
        const level =
          achieved(
            true,
            given.map((strength) => proof(strength)),
          )?.level ?? 'single';
        expect(rank(level)).toBe(Math.max(0, ...given.map(rank)));
      }),
    );
  });
});

describe('required', () => {
  const level = (...[asked, floor]: [Parameters<typeof required>[0], Parameters<typeof required>[1]]) =>
    required(asked, floor, acrs);
  test.each([
    [{}, 'low', { reachable: true, level: 'low' }],
    [{ voluntary: ['urn:x:3'] }, 'low', { reachable: true, level: 'substantial' }],
    [{ voluntary: ['urn:x:1'] }, 'low', { reachable: true, level: 'low' }],
    [{ voluntary: ['1', '2'] }, 'low', { reachable: true, level: 'low' }],
    [{ voluntary: ['urn:x:4', 'urn:x:3'] }, 'low', { reachable: true, level: 'substantial' }],
    [{ essential: ['urn:x:4'] }, 'low', { reachable: true, level: 'high' }],
    [{ essential: ['urn:unknown'] }, 'low', { reachable: false }],
    [{ essential: ['urn:unknown', 'urn:x:3'] }, 'low', { reachable: true, level: 'substantial' }],
    [{ essential: ['urn:x:4'], voluntary: ['urn:x:2'] }, 'low', { reachable: true, level: 'high' }],
    [{ essential: [] }, 'substantial', { reachable: true, level: 'substantial' }],
  ] as const)('%j with floor %s', (asked, floor, expected) => {
    expect(level(asked, floor)).toEqual(expected);
  });

  test('never below the floor', () => {
    const values = fc.array(fc.constantFrom(...Object.values(acrs), 'urn:other'));
    fc.assert(
      fc.property(values, values, fc.constantFrom(...levels), (essential, voluntary, floor) => {
        const result = required({ essential, voluntary }, floor, acrs);
        expect(result.reachable ? rank(result.level) >= rank(floor) : true).toBe(true);
      }),
    );
  });

  test('an acr is recognised by its value alone', () => {
    expect(levelOfAcr('urn:x:3', acrs)).toBe('substantial');
    expect(levelOfAcr('substantial', acrs)).toBeUndefined();
    expect(levelOfAcr(undefined, acrs)).toBeUndefined();
  });
});

describe('A-582 a ladder', () => {
  const app = proof('substantial');
  test.each<[Ladder, Level]>([
    [{}, 'substantial'],
    [{ substantial: ['possession'] }, 'substantial'],
    [{ substantial: ['possession', 'phishingResistant'] }, 'low'],
    [{ substantial: ['hardware'], low: ['userVerified'] }, 'single'],
    // A level is reached with what all below it demand too.
    [{ low: ['hardware'] }, 'single'],
    [{ high: ['possession'] }, 'substantial'],
    // An app is no notified eID.
    [{ substantial: ['possession', 'notified'] }, 'low'],
  ])('%j makes an app reach %s', (ladder, level) => {
    expect(levelOf(app, ladder)).toBe(level);
    expect(achieved(true, [app], ladder)?.level).toBe(level);
    expect(levelOfFactor({ strength: () => 'substantial', best: () => app }, {}, ladder)).toBe(level);
  });

  test('a factor that does not say what it shows reaches no level that demands something', () => {
    const silent = { strength: (): 'high' => 'high' };
    expect(levelOfFactor(silent, {}, {})).toBe('high');
    expect(levelOfFactor(silent, {}, { high: ['possession'], low: ['possession'] })).toBe('single');
  });
});

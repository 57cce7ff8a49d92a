// The decider, page by page. What holds for every state stands in next-step-properties.test.ts.
import { describe, expect, test } from '@jest/globals';
import type { Advice } from '../factors/policy/migration.ts';
import {
  asked,
  base,
  known,
  mailed,
  none,
  offered,
  proof,
  refuse,
  requireNow,
  sentTo,
  suggest,
} from '../test/fixtures/decisions.ts';
import { nextStep, openSteps, type DecisionFacts } from './next-step.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';

const decide = (state: Partial<SignInState>, advice: Advice = none, order: DecisionFacts['order'] = 'key-first') =>
  nextStep({ state: { ...emptyState, ...state }, order, advise: () => advice, offered, ...asked });

describe('the decider', () => {
  test.each<[string, Partial<SignInState>, Advice, DecisionFacts['order'], string]>([
    ['A1 keys first', {}, none, 'key-first', 'choose-key'],
    ['name first', {}, none, 'name-first', 'password'],
    ['who does not know which key it is', { finding: true }, none, 'key-first', 'find-key'],
    ['a key that stays: password', { chosen: 'app', knowingly: true }, none, 'key-first', 'password'],
    [
      'A2 a going key, chosen: the dialog before any credential',
      { chosen: 'card', knowingly: true },
      suggest,
      'key-first',
      'phase-out',
    ],
    [
      'A3 carried on: password',
      { chosen: 'card', knowingly: true, postponed: ['card'] },
      suggest,
      'key-first',
      'password',
    ],
    [
      'A3 then the card',
      { chosen: 'card', knowingly: true, postponed: ['card'], ...known },
      suggest,
      'key-first',
      'prove-key',
    ],
    ['A3 then out', { chosen: 'card', postponed: ['card'], ...known, proof }, suggest, 'key-first', 'finish'],
    [
      'A5 a new key: password first',
      { chosen: 'card', knowingly: true, wish: 'card' },
      suggest,
      'key-first',
      'password',
    ],
    [
      'A5 then the card',
      { chosen: 'card', knowingly: true, wish: 'card', ...known },
      suggest,
      'key-first',
      'prove-key',
    ],
    [
      'A5 then the wizard',
      { chosen: 'card', knowingly: true, wish: 'card', ...known, proof },
      suggest,
      'key-first',
      'confirm-email',
    ],
    [
      'our choice of a going key: the dialog after the proof',
      { chosen: 'card', knowingly: false, ...known, proof },
      suggest,
      'name-first',
      'phase-out',
    ],
    [
      'A12 refuse: still the proof, which the verifier refuses',
      { chosen: 'card', knowingly: true, ...known },
      refuse,
      'key-first',
      'prove-key',
    ],
    ['A12 re-enrol: said before', { chosen: 'card', knowingly: true }, requireNow, 'key-first', 'phase-out'],
    [
      'a requirement is not put off',
      { chosen: 'card', postponed: ['card'], ...known, proof },
      requireNow,
      'key-first',
      'phase-out',
    ],
    [
      'A12 re-enrol: only the wizard',
      { chosen: 'card', ...known, proof: { ...proof, purpose: 're-enrolment' } },
      requireNow,
      'key-first',
      'confirm-email',
    ],
    ['known, no key chosen', { ...known }, none, 'name-first', 'choose-key'],
    ['refused', { ...known, refused: { reason: 'no_usable_key' } }, none, 'name-first', 'refused'],
  ])('%s', (_name, state, advice, order, expected) => {
    expect(decide(state, advice, order)).toBe(expected);
  });

  test.each(['key-first', 'name-first'] as const)(
    'a person without a key to choose gets a page with a way out, %s',
    (order) => {
      const facts = { state: { ...emptyState, ...known }, order, advise: () => none, offered: [], ...asked };
      expect(nextStep(facts)).toBe('refused');
      expect(openSteps(facts)).toEqual(['refused']);
    },
  );

  test.each<[string, Partial<SignInState>, Partial<DecisionFacts>, string]>([
    ['a password alone is enough', known, { secondStep: { kind: 'none' } }, 'finish'],
    ['a further key is offered', known, { secondStep: { kind: 'offer', from: 9, zone: 'UTC' } }, 'secure-account'],
    [
      'the offer was put off',
      { ...known, later: true },
      { secondStep: { kind: 'offer', from: 9, zone: 'UTC' } },
      'finish',
    ],
    ['a key must be activated', known, { secondStep: { kind: 'enrol' } }, 'secure-account'],
    ['and is not put off', { ...known, later: true }, { secondStep: { kind: 'enrol' } }, 'secure-account'],
    ['a key is asked', { ...known, later: true }, { secondStep: { kind: 'key' } }, 'choose-key'],
    ['a key is asked, and which one is not known', { ...known, finding: true }, {}, 'find-key'],
    ['a further key: the password first', { securing: true }, {}, 'password'],
    ['a further key: a person without a password', { securing: true, person: 'p' }, {}, 'password'],
    ['a further key: the password is too old', { ...known, securing: true }, { fresh: false }, 'password'],
    ['a further key: a key is proved first', { ...known, securing: true }, {}, 'choose-key'],
    ['a further key: the key that was chosen', { ...known, securing: true, chosen: 'app' }, {}, 'prove-key'],
    [
      'a further key: no dialog about the one that proves it',
      { ...known, securing: true, chosen: 'card', knowingly: true },
      { advise: () => suggest },
      'prove-key',
    ],
    ['the first key: the mailbox', { ...known, securing: true }, { mustProve: false }, 'confirm-email'],
    ['a further key, after the proof', { ...known, securing: true, proof }, { fresh: false }, 'confirm-email'],
    [
      'a further key is no sign-in by password',
      { ...known, securing: true },
      { secondStep: { kind: 'none' } },
      'choose-key',
    ],
    [
      'our choice of a going key: the key before the dialog',
      { ...known, chosen: 'card' },
      { advise: () => suggest },
      'prove-key',
    ],
    ['somebody else was expected', { ...known, proof }, { unexpected: true }, 'refused'],
    ['which account it shall be', { ...known, selecting: { leadsTo: 'session' } }, {}, 'select-account'],
    ['it goes on with the account', { selecting: { leadsTo: 'session', goesOn: true } }, {}, 'finish'],
    ['the password is asked beside a key that was proved alone', { person: 'p', chosen: 'app' }, {}, 'password'],
    ['a password without a person', { passwordAt: 1, chosen: 'app' }, {}, 'password'],
    ['a wizard that is done', { ...known, proof, wizard: { at: 'done', email: 'show', leaves: true } }, {}, 'finish'],
    ['A-440 forgotten: the name', { forgotten: { what: 'password' } }, {}, 'forgotten'],
    ['A-440 forgotten: the code', { forgotten: sentTo }, {}, 'check-mailbox'],
    ['A-441 forgotten: the key', { person: 'p', forgotten: mailed, chosen: 'app' }, { reset: 'key' }, 'prove-key'],
    ['A-441 forgotten: which key', { person: 'p', forgotten: mailed }, { reset: 'key' }, 'choose-key'],
    ['A-441 forgotten: no key that will do', { person: 'p', forgotten: mailed }, { reset: 'help' }, 'refused'],
    ['A-441 forgotten: the mailbox was proved too long ago', { person: 'p', forgotten: mailed }, {}, 'forgotten'],
    ['A-441 forgotten: nobody is known', { forgotten: mailed }, { reset: 'nothing' }, 'forgotten'],
    ['forgotten: the new password', { person: 'p', forgotten: mailed }, { reset: 'nothing' }, 'new-password'],
    ['the new password is said to be set', { ...known, proof, passwordSet: true }, {}, 'new-password'],
    ['a wizard in its middle', { ...known, proof, wizard: { at: 'select-key', email: 'show' } }, {}, 'select-key'],
  ])('%s', (_name, state, facts, expected) => {
    expect(nextStep({ ...base, ...facts, state: { ...emptyState, ...state } })).toBe(expected);
  });

  const adding = { action: { kind: 'add-key' } } as const;
  const old = { ...adding, proofIsRecent: false } as const;
  test.each<[string, Partial<SignInState>, Partial<DecisionFacts>, string]>([
    ['nobody is known', {}, adding, 'password'],
    ['the password is too old', known, { ...adding, fresh: false }, 'password'],
    ['which key', known, adding, 'choose-key'],
    ['which key, and the person does not know', { ...known, finding: true }, adding, 'find-key'],
    ['no key to choose from', known, { ...adding, offered: [] }, 'refused'],
    ['the key', { ...known, chosen: 'app' }, adding, 'prove-key'],
    [
      'a key that is going is asked without its dialog',
      { ...known, chosen: 'card', knowingly: true },
      { ...adding, advise: () => suggest },
      'prove-key',
    ],
    [
      'the proof is recent, however old the password',
      { ...known, chosen: 'app', proof },
      { ...adding, fresh: false },
      'confirm-email',
    ],
    ['the proof is old: the password first', { ...known, chosen: 'app', proof }, { ...old, fresh: false }, 'password'],
    ['then the key again', { ...known, chosen: 'app', proof }, old, 'prove-key'],
    ['a key is to be removed', { ...known, proof }, { action: { kind: 'remove-key' } }, 'remove-key'],
    ['the password is to be changed', { ...known, proof }, { action: { kind: 'change-password' } }, 'new-password'],
    ['the password, and no key was proved', known, { action: { kind: 'change-password' } }, 'choose-key'],
    ['the address is to be changed', { ...known, proof }, { action: { kind: 'change-email' } }, 'confirm-email'],
    ['a key is to be replaced', { ...known, proof }, { action: { kind: 'replace-key' } }, 'confirm-email'],
    ['a key is to be removed, and none was proved', known, { action: { kind: 'remove-key' } }, 'choose-key'],
    ['no key to prove', known, { ...adding, mustProve: false }, 'confirm-email'],
    ['no key to prove, an old password', known, { ...adding, mustProve: false, fresh: false }, 'password'],
    [
      'a password that would be enough does not end it',
      known,
      { ...adding, secondStep: { kind: 'none' } },
      'choose-key',
    ],
    ['which account it shall be', { person: 'p', selecting: { leadsTo: 'step-up' } }, adding, 'select-account'],
    ['somebody else was expected', { ...known, proof }, { ...adding, unexpected: true }, 'refused'],
    ['in the wizard', { ...known, proof, wizard: { at: 'activate-key', email: 'show' } }, old, 'activate-key'],
    ['it is done', { ...known, proof, wizard: { at: 'done', email: 'show', leaves: true } }, old, 'finish'],
  ])('A-420 an action: %s', (_name, state, facts, expected) => {
    expect(nextStep({ ...base, ...facts, state: { ...emptyState, ...state } })).toBe(expected);
  });

  test('A-420 an action: the dialog about a key that is going is not open', () => {
    const state = { ...emptyState, ...known, chosen: 'card', knowingly: true };
    expect(openSteps({ ...base, ...adding, state, advise: () => suggest })).toEqual([
      'prove-key',
      'choose-key',
      'password',
    ]);
  });

  test('a suggestion that was put off for one factor is still made for another', () => {
    const state = { ...emptyState, ...known, chosen: 'card', postponed: ['app'], proof };
    expect(nextStep({ ...base, state, advise: () => suggest })).toBe('phase-out');
  });

  test('the dates of the proved key count, not those of the key chosen before', () => {
    const state = { ...emptyState, ...known, chosen: 'app', proof };
    const advise = (factor: string) => (factor === 'card' ? refuse : none);
    expect(nextStep({ ...base, state, advise })).toBe('refused');
  });

  test('a wish for another factor than the proved one starts no wizard', () => {
    expect(decide({ ...known, chosen: 'card', wish: 'app', proof })).toBe('finish');
  });

  test.each<[string, Partial<SignInState>, Partial<DecisionFacts>, readonly string[]]>([
    ['after the end nothing', known, { secondStep: { kind: 'none' } }, []],
    ['a refusal alone', { ...known, refused: { reason: 'no_usable_key' } }, {}, ['refused']],
    ['the choice of an account alone', { person: 'p', selecting: { leadsTo: 'session' } }, {}, ['select-account']],
    ['after the proof the page that follows', { ...known, chosen: 'card', wish: 'card', proof }, {}, ['confirm-email']],
    [
      'in the wizard what came before',
      { wizard: { at: 'activate-key', email: 'show' } },
      {},
      ['confirm-email', 'select-key', 'activate-key'],
    ],
    ['at its begin nothing before', { wizard: { at: 'confirm-email', email: 'show' } }, {}, ['confirm-email']],
    ['at its end nothing before', { wizard: { at: 'done', email: 'show' } }, {}, ['done']],
    ['from the password back to the choice', { chosen: 'app' }, {}, ['password', 'choose-key']],
    ['name first: from the password nowhere', { chosen: 'app' }, { order: 'name-first' }, ['password']],
    [
      'name first, then the key',
      { ...known, chosen: 'app' },
      { order: 'name-first' },
      ['prove-key', 'choose-key', 'password'],
    ],
    ['no choice, no way back to it', { ...known, chosen: 'app' }, { offered: [] }, ['prove-key', 'password']],
    ['back to a choice of one', { chosen: 'app' }, { offered: ['app'] }, ['password', 'choose-key']],
    ['from the search for the key', { finding: true }, {}, ['find-key', 'choose-key']],
    [
      'the dialog stays open behind the key',
      { ...known, chosen: 'card', knowingly: true, postponed: ['card'] },
      { advise: () => suggest },
      ['prove-key', 'choose-key', 'phase-out', 'password'],
    ],
    [
      'and behind a wish',
      { ...known, chosen: 'card', knowingly: true, wish: 'card' },
      { advise: () => requireNow },
      ['prove-key', 'choose-key', 'phase-out', 'password'],
    ],
    [
      'not where nothing ends',
      { ...known, chosen: 'card', knowingly: true },
      {},
      ['prove-key', 'choose-key', 'password'],
    ],
    [
      'not where it was over before',
      { ...known, chosen: 'card', knowingly: true },
      { advise: () => refuse },
      ['prove-key', 'choose-key', 'password'],
    ],
    [
      'not where the choice was ours',
      { ...known, chosen: 'card', postponed: ['card'] },
      { advise: () => suggest },
      ['prove-key', 'choose-key', 'password'],
    ],
    [
      'from the offer of a key back to the password',
      known,
      { secondStep: { kind: 'enrol' } },
      ['secure-account', 'password'],
    ],
    ['A-440 from the name back to the password', { forgotten: { what: 'password' } }, {}, ['forgotten', 'password']],
    ['A-440 from the code back to the name', { forgotten: sentTo }, {}, ['check-mailbox', 'forgotten', 'password']],
    [
      'A-441 from the key of a forgotten password to another key',
      { person: 'p', forgotten: mailed, chosen: 'app' },
      { reset: 'key' },
      ['prove-key', 'choose-key'],
    ],
    [
      'A-441 from the new password nowhere',
      { person: 'p', forgotten: mailed, chosen: 'app', proof },
      { reset: 'nothing' },
      ['new-password'],
    ],
    ['not at a step-up', { ...known, sessionKeys: [] }, { secondStep: { kind: 'enrol' } }, ['secure-account']],
  ])('open pages: %s', (_name, state, facts, expected) => {
    expect(openSteps({ ...base, ...facts, state: { ...emptyState, ...state } })).toEqual(expected);
  });

  test('A-496 the terms come last, before the sign-in ends', () => {
    const done = { ...emptyState, ...known, proof };
    expect(nextStep({ ...base, state: done, termsDue: true })).toBe('terms');
    expect(nextStep({ ...base, state: done })).toBe('finish');
    expect(nextStep({ ...base, state: { ...emptyState, chosen: 'app' }, termsDue: true })).toBe('password');
    expect(nextStep({ ...base, state: done, termsDue: true, consentDue: true })).toBe('terms');
  });
});

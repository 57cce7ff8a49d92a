import { expect, test } from '@jest/globals';
import type { KeptMessage } from '../../adapters/message-store.ts';
import type { ShownPerson } from '../shown-person.ts';
import { inHand } from './in-hand.ts';

const now = 1_700_000_000_000;
const an: ShownPerson = {
  username: 'an',
  password: 'an rides tram 44',
  email: 'an@example.org',
  displayName: 'An Peeters',
  language: 'nl',
  disabled: false,
  what: '',
  keys: [],
  cards: [],
  totp: [],
  phones: ['+32470000001'],
  has: [],
  changes: [],
};
const mail = (text: string, more: Partial<KeptMessage> = {}): KeptMessage => ({
  channel: 'email',
  to: 'an@example.org',
  text,
  at: now,
  ...more,
});

test('A-634 the number that a working card is asked for, with its code; none of a card that is no key', () => {
  const card = { serial: '123456789', codes: { '1': '111111', '2': '222222' }, spent: [1] };
  expect(inHand({ ...an, cards: [{ ...card, active: true, asked: 2 }] }, [], now).card).toEqual({
    number: '2',
    code: '222222',
  });
  expect(inHand({ ...an, cards: [{ ...card, active: false }] }, [], now).card).toBeUndefined();
});

test('A-634 the code of the newest message, of the person, of the last minutes', () => {
  expect(inHand(an, [mail('Code 123456.'), mail('Code 654321.')], now).message).toEqual({
    channel: 'mail',
    code: '654321',
  });
  expect(inHand(an, [mail('111222 is your code', { channel: 'sms', to: '+32470000001' })], now).message).toEqual({
    channel: 'text message',
    code: '111222',
  });
  for (const messages of [
    [mail('Code 123456.', { to: 'jan@example.org' })],
    [mail('Code 123456.', { at: now - 600_000 })],
    [mail('Code 123456.'), mail('Your key is switched off.')],
  ])
    expect(inHand(an, messages, now).message).toBeUndefined();
});

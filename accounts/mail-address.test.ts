import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mailAddress, maskAddress } from './mail-address.ts';

const domain = (last: number) => `${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(last)}.org`;

describe('mail address', () => {
  test.each([
    ['els@example.org', 'els@example.org'],
    ['  els@example.org ', 'els@example.org'],
    ['Els.Peeters+rekey@Example.ORG', 'Els.Peeters+rekey@example.org'],
    ["o'neill@example.org", "o'neill@example.org"],
    ['jan@müller.example', 'jan@xn--mller-kva.example'],
    ['jan@MÜLLER.example', 'jan@xn--mller-kva.example'],
    ['jan@mu\u0308ller.example', 'jan@xn--mller-kva.example'],
    ['zoë@例え.jp', undefined],
    ['zoe@例え.jp', 'zoe@xn--r8jz45g.jp'],
    [`${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
  ])('%j is read as %j', (given, kept) => {
    expect(mailAddress(given)).toBe(kept);
  });

  test.each([
    ['B12-07 a line break', 'a@example.org\r\nBcc: b@example.net'],
    ['B12-07 a line feed at the end', 'a@example.org\n'],
    ['B12-07 a carriage return at the front', '\ra@example.org'],
    ['B12-07 a command', 'c@example.org\r\nRCPT TO:<e@example.net>'],
    ['B12-07 a null', 'a@example.org\u0000'],
    ['B12-07 a line separator', 'a@example.org\u2028'],
    ['B12-07 a display name', 'Anna <a@example.org>'],
    ['B12-07 angle brackets', '<a@example.org>'],
    ['B12-07 a comment', 'a(comment)@example.org'],
    ['B12-07 a group', 'list:a@example.org,b@example.net;'],
    ['B12-07 a quoted mailbox', '"a b"@example.org'],
    ['B12-07 a quoted second address', '"a@example.org"@example.net'],
    ['B12-07 a full-width at sign', 'a＠example.org'],
    ['B12-07 a full-width mailbox', 'ａ@example.org'],
    ['B12-07 an invisible character in the domain', 'a@exam\u200bple.org'],
    ['B12-04 a list by comma', 'a@example.org,b@example.net'],
    ['B12-04 a list by comma and space', 'a@example.org, b@example.net'],
    ['B12-04 a list by semicolon', 'a@example.org;b@example.net'],
    ['B12-04 a list by space', 'a@example.org b@example.net'],
    ['B12-04 two at signs', 'a@example.org@example.net'],
    ['B12-04 an encoded comma', 'a@example.org%2Cb@example.net'],
    ['B12-04 an encoded line break', 'a@example.org%0d%0ab'],
    ['B12-04 an array', ['a@example.org', 'b@example.net']],
    ['B12-04 an object', { address: 'a@example.org' }],
    ['a percent route', 'a%example.net@example.org'],
    ['a bang route', 'example.net!a@example.org'],
    ['a source route', '@example.net:a@example.org'],
    ['an option', '-oQ/tmp@example.org'],
    ['an address literal', 'a@[127.0.0.1]'],
    ['a number for a domain', 'a@127.0.0.1'],
    ['one label', 'a@localhost'],
    ['no domain', 'a@'],
    ['no mailbox', '@example.org'],
    ['no at sign', 'example.org'],
    ['nothing', ''],
    ['two dots', 'a..b@example.org'],
    ['a dot at the end of the domain', 'a@example.org.'],
    ['a label with a hyphen at its end', 'a@example-.org'],
    ['a mailbox of 65', `${'a'.repeat(65)}@example.org`],
    ['255 in all', `a@${'b'.repeat(61)}.${'c'.repeat(61)}.${'d'.repeat(61)}.${'e'.repeat(64)}.org`],
    ['a megabyte', `${'a'.repeat(1_000_000)}@example.org`],
  ])('%s is refused', (_, given) => {
    expect(mailAddress(given)).toBeUndefined();
  });

  test('an address of 254 characters passes, one of 255 does not', () => {
    const mailbox = 'a'.repeat(20);
    const room = 254 - `${mailbox}@${domain(0)}`.length;
    expect(mailAddress(`${mailbox}@${domain(room)}`)).toHaveLength(254);
    expect(mailAddress(`${mailbox}@${domain(room + 1)}`)).toBeUndefined();
  });

  test('every accepted address is one line with one @, and is accepted unchanged again', () => {
    const parts = fc.constantFrom(
      'a',
      'Z',
      '9',
      '@',
      '.',
      ',',
      ';',
      '<',
      '>',
      '"',
      '\r',
      '\n',
      ' ',
      'ü',
      '例',
      '-',
      '_',
      '%',
      '(',
      ':',
      '\u0000',
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: parts, maxLength: 40 }), fc.emailAddress(), fc.string({ unit: 'binary' })),
        (given) => {
          const kept = mailAddress(given);
          if (kept === undefined) return;
          expect(kept).toMatch(/^[\x21-\x7e]+$/);
          expect(kept.split('@')).toHaveLength(2);
          expect(kept).not.toMatch(/[,;<>"():\\[\]]/);
          expect(mailAddress(kept)).toBe(kept);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a masked address shows its first character and its domain', () => {
    expect(maskAddress('els.peeters@example.org')).toBe('e…@example.org');
    expect(maskAddress('nonsense')).toBe('…');
  });
});

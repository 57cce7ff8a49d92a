import { domainToASCII } from 'node:url';
import { expect, test } from '@jest/globals';
import { maskAddress, readableAddress, readableDomain } from './mail-domain.ts';

test.each([
  ['münchen.example', 'xn--mnchen-3ya.example'],
  ['straße.example', 'xn--strae-oqa.example'],
  ['пример.example', 'xn--e1afmkfd.example'],
  ['例え.example', 'xn--r8jz45g.example'],
  ['دانشگاه.example', domainToASCII('دانشگاه.example')],
  ['한국.example', domainToASCII('한국.example')],
  ['example.org', 'example.org'],
])('A-222d %s is shown in its own letters', (readable, ascii) => {
  expect(readableDomain(ascii)).toBe(readable);
  expect(readableAddress(`els@${ascii}`)).toBe(`els@${readable}`);
  expect(maskAddress(`els@${ascii}`)).toBe(`e…@${readable}`);
});

test.each([
  ['Cyrillic а in Latin', 'pаypal.example'],
  ['Cyrillic alone, but of letters that look Latin', 'аррӏе.example'],
  ['Greek ο in Latin', 'gοogle.example'],
  ['a Latin letter drawn like another', 'ɡoogle.example'],
  ['a label that decodes to nothing', 'xn--a.example'],
])('A-222d %s stays in A-labels', (_name, domain) => {
  const ascii = domain.startsWith('xn--') ? domain : domainToASCII(domain);
  expect(ascii).toMatch(/^xn--/);
  expect(readableDomain(ascii)).toBe(ascii);
});

import { expect, test } from '@jest/globals';
import { defaults } from '../config/defaults.ts';
import { isSharedMailbox } from './shared-mailbox.ts';

test.each([
  'info@example.org',
  'Office@example.org',
  'onthaal@gent.example',
  'accueil+bib@ville.example',
  'EMPFANG@stadt.example',
])('D6 %s is shared', (address) => expect(isSharedMailbox(address, defaults.sharedMailboxes.localParts)).toBe(true));
test.each(['an.peeters@example.org', 'infobel@example.org', 'an@info.example', 'an.info@example.org', 'info', '@info'])(
  'D6 %s is not a shared mailbox',
  (address) => expect(isSharedMailbox(address, defaults.sharedMailboxes.localParts)).toBe(false),
);

import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { keyedLinks, linkKeySetting } from './keyed-link.ts';

const [now, before] = ['n'.repeat(32), 'b'.repeat(32)];

test('A-487: a link is HMAC-SHA-256 of the text under each key, and names its key without telling it', () => {
  const links = keyedLinks('eid-link/1|BE|71715100070', { linkKey: now, earlierLinkKeys: [before] });
  expect(links.map(({ link }) => link)).toEqual(
    [now, before].map((key) => createHmac('sha256', key).update('eid-link/1|BE|71715100070').digest('base64url')),
  );
  expect(new Set(links.map(({ linkKey }) => linkKey)).size).toBe(2);
  expect(JSON.stringify(links)).not.toContain('71715100070');
});

test('A-487: another text, or another key, gives another link', () => {
  const of = (text: string, key: string) => keyedLinks(text, { linkKey: key, earlierLinkKeys: [] })[0].link;
  expect(new Set([of('a|1', now), of('a|2', now), of('b|1', now), of('a|1', before)]).size).toBe(4);
});

test('A-487: a key of fewer than 32 characters is refused', () => {
  expect(linkKeySetting.safeParse('k'.repeat(31)).success).toBe(false);
});

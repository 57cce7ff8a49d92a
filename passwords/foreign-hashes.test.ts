/** Other programs made the test vectors: crypt(3) of a C library, and OpenSSL through another language. */
import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createSlowHash, isCurrentHash } from './argon2.ts';
import { isAcceptableForeignHash } from './foreign-hashes.ts';

const password = 'correct horse';
const vectors = [
  '$2a$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC',
  '$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC',
  '$2y$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC',
  '$2b$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu',
  '$pbkdf2-sha1$1000$MDEyMzQ1Njc4OWFiY2RlZg$aUfE2vx5Q7zgbb0jx49AaNpXUQQ',
  '$pbkdf2-sha256$2000$MDEyMzQ1Njc4OWFiY2RlZg$MGoh2Ym969nMJuWoRTjFXPmoi5ptqegZ9PzZ3FTIVOM',
  '$pbkdf2-sha256$i=2000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$MGoh2Ym969nMJuWoRTjFXPmoi5ptqegZ9PzZ3FTIVOM',
  '$pbkdf2-sha512$1500$MDEyMzQ1Njc4OWFiY2RlZg$gfMc/M3eYDvb17noWEqSjaGi/OV8tcZEwhTx.gQG48dHsdBAHEz2O2Nz.foL8lbytDULXJo4sMhSaWkaOhKGAA',
  '$pbkdf2-sha512$i=1500,l=64$MDEyMzQ1Njc4OWFiY2RlZg$gfMc/M3eYDvb17noWEqSjaGi/OV8tcZEwhTx+gQG48dHsdBAHEz2O2Nz+foL8lbytDULXJo4sMhSaWkaOhKGAA',
  '$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$I4YuHpx/6xJJ4+sk74hQU+KhW++gPE8aHzXbHijxgzg',
  '{SSHA}awc/Cj0kafyFd5d8fGn07xoHBJJzYWx0c2FsdA==',
  '{SSHA256}YflVcOMs6k7tbGkQbQNVn6/ehAnUAVltiLPKHBWGi2tzYWx0c2FsdA==',
  '{SSHA512}50rsRNBf8j3I5xE+QwaHdFyMhOzITssZ8BB3UxwQ+SI1JKygYm6ZeRYTDuUyFZIIqDonoTuXwB0Z/MAPhgQCFHNhbHRzYWx0',
];

describe('a foreign hash', () => {
  const hash = createSlowHash();
  test.each(vectors)('A-219 is accepted, and matches its password alone: %s', async (vector) => {
    expect(isAcceptableForeignHash(vector)).toBe(true);
    expect(await hash.matches(vector, password)).toBe(true);
    for (const wrong of ['', 'Correct horse', `${password} `, 'correct hors'])
      expect(await hash.matches(vector, wrong)).toBe(false);
    expect(isCurrentHash(vector)).toBe(false);
  });

  test.each(vectors)('A-219 has a cost class that can be recognised and measured: %s', async (vector) => {
    const costClass = hash.costClass?.(vector);
    if (costClass === undefined) throw new Error('No class.');
    expect(hash.costClass?.(costClass)).toBe(costClass);
    expect(costClass.length).toBeLessThan(40);
    await hash.rehearse?.(costClass);
  });

  test('A-219 all bcrypt variants cost the same, other parameters are other classes', () => {
    const classes = vectors.slice(0, 4).map((vector) => hash.costClass?.(vector));
    expect(classes).toEqual(['$2b$06$', '$2b$06$', '$2b$06$', '$2b$10$']);
  });
});

test.each([
  '$2b$15$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu',
  '$2b$03$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu',
  '$2x$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu',
  '$2b$10$abcdefghijklmnopqrstuu',
  '$pbkdf2-sha256$2000001$MDEyMzQ1Njc4OWFiY2RlZg$MGoh2Ym969nMJuWoRTjFXPmoi5ptqegZ9PzZ3FTIVOM',
  '$pbkdf2-sha256$0$MDEyMzQ1Njc4OWFiY2RlZg$MGoh2Ym969nMJuWoRTjFXPmoi5ptqegZ9PzZ3FTIVOM',
  '$pbkdf2-sha256$2000$MDEyMzQ1Njc4OWFiY2RlZg$MGoh',
  `$pbkdf2-sha1$2000$MDEyMzQ1Njc4OWFiY2RlZg$${pbkdf2Sync('x', 'y', 1, 40, 'sha1').toString('base64').replaceAll('=', '')}`,
  '$pbkdf2-md5$2000$MDEyMzQ1Njc4OWFiY2RlZg$MGoh2Ym969nMJuWoRTjFXPmoi5ptqegZ9PzZ3FTIVOM',
  '$scrypt$ln=20,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$I4YuHpx/6xJJ4+sk74hQU+KhW++gPE8aHzXbHijxgzg',
  '$scrypt$ln=10,r=8,p=16$MDEyMzQ1Njc4OWFiY2RlZg$I4YuHpx/6xJJ4+sk74hQU+KhW++gPE8aHzXbHijxgzg',
  '$scrypt$ln=0,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$I4YuHpx/6xJJ4+sk74hQU+KhW++gPE8aHzXbHijxgzg',
  '{SSHA}awc/Cj0kafyFd5d8fGn07w==',
  '{SHA}awc/Cj0kafyFd5d8fGn07xoHBJI=',
  '{MD5}awc/Cj0kafyFd5d8fGn07w==',
  '$1$abcdefgh$MDEyMzQ1Njc4OWFiY2RlZg',
  '$5$saltsalt$BnTZiS3yEbDA1yrTtDA3ZqGM1KoFuCJHdzXqVsC9.w5',
  '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/',
  'plain',
  '',
])('A-219 what is cut off, too dear or of a weak kind is not taken: %s', (hash) => {
  expect(isAcceptableForeignHash(hash)).toBe(false);
});

/** Base64 without padding, of so many bytes. */
const bytes = (count: number) => Buffer.alloc(count, 0xa5).toString('base64').replaceAll('=', '');
const bcrypt = (cost: string) => `$2b$${cost}$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu`;
const pbkdf2 = (rounds: string, salt = 16) => `$pbkdf2-sha256$${rounds}$${bytes(salt)}$${bytes(32)}`;
const scrypt = (cost: string, salt = 16, key = 32) => `$scrypt$${cost}$${bytes(salt)}$${bytes(key)}`;
const salted = (count: number) => `{SSHA}${Buffer.alloc(count, 0xa5).toString('base64')}`;

test.each([
  [bcrypt('04'), true],
  [bcrypt('14'), true],
  [pbkdf2('1'), true],
  [pbkdf2('2000000'), true],
  [pbkdf2('02000000'), true],
  [pbkdf2('002000000'), false],
  [pbkdf2('i=2000,l=8'), true],
  [pbkdf2('i=2000,l=032'), true],
  [pbkdf2('i=2000,l=0032'), false],
  [pbkdf2('2000', 1), true],
  [pbkdf2('2000', 256), true],
  [pbkdf2('2000', 257), false],
  [`$pbkdf2$2000$${bytes(16)}$${bytes(20)}`, true],
  [scrypt('ln=1,r=8,p=1'), true],
  [scrypt('ln=010,r=8,p=1'), false],
  [scrypt('ln=18,r=8,p=1'), true],
  [scrypt('ln=12,r=513,p=1'), false],
  [scrypt('ln=10,r=1,p=1'), true],
  [scrypt('ln=10,r=0,p=1'), false],
  [scrypt('ln=10,r=0008,p=1'), false],
  [scrypt('ln=10,r=8,p=0'), false],
  [scrypt('ln=10,r=8,p=4'), true],
  [scrypt('ln=10,r=8,p=5'), false],
  [scrypt('ln=10,r=8,p=001'), false],
  [scrypt('ln=10,r=8,p=1', 0), false],
  [scrypt('ln=10,r=8,p=1', 1), true],
  [scrypt('ln=10,r=8,p=1', 256), true],
  [scrypt('ln=10,r=8,p=1', 257), false],
  [scrypt('ln=10,r=8,p=1', 16, 33), false],
  [scrypt('ln=10,r=8,p=1', 16, 64), true],
  [scrypt('ln=10,r=8,p=1', 16, 65), false],
  [salted(20), false],
  [salted(21), true],
  [salted(84), true],
  [salted(85), false],
  [`${salted(21)}===`, false],
])('A-219 the limits of cost, salt and key: %s is accepted: %s', (hash, expected) => {
  expect(isAcceptableForeignHash(hash)).toBe(expected);
});

test.each([
  [bcrypt('10'), '$2b$10$'],
  [pbkdf2('7'), '$pbkdf2-sha256$7$'],
  [pbkdf2('12345678'), '$pbkdf2-sha256$12345678$'],
  [pbkdf2('123456789'), undefined],
  [`$pbkdf2$2000$${bytes(16)}$${bytes(20)}`, '$pbkdf2-sha1$2000$'],
  [scrypt('ln=9,r=16,p=12'), '$scrypt$ln=9,r=16,p=12$'],
  [scrypt('ln=010,r=8,p=1'), undefined],
  [scrypt('ln=10,r=0008,p=1'), undefined],
  [scrypt('ln=10,r=8,p=001'), undefined],
  [salted(40), '{SSHA}'],
])('A-219 the cost class of %s is %s', (hash, costClass) => {
  expect(createSlowHash().costClass?.(hash)).toBe(costClass);
});

test.each(['{SSHA}???', '$2b$10$short', '$pbkdf2-sha256$2000$short', '$scrypt$ln=10,r=8,p=2$short'])(
  'A-219 what only begins like a known hash matches no password, and nothing is thrown: %s',
  async (hash) => {
    for (const secret of ['', password]) expect(await createSlowHash().matches(hash, secret)).toBe(false);
  },
);

test('A-219 a truncated hash matches no password, and nothing is thrown', async () => {
  const hash = createSlowHash();
  for (const vector of vectors)
    for (const cut of [4, 8, 20]) expect(await hash.matches(vector.slice(0, -cut), password)).toBe(false);
});

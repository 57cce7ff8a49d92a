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

test('A-219 a truncated hash matches no password, and nothing is thrown', async () => {
  const hash = createSlowHash();
  for (const vector of vectors)
    for (const cut of [4, 8, 20]) expect(await hash.matches(vector.slice(0, -cut), password)).toBe(false);
});

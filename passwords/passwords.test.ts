import { availableParallelism, getPriority } from 'node:os';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hash as argon2 } from '@node-rs/argon2';
import { createSecretBox } from '../adapters/secret-box.ts';
import { createPasswords, longestPassword, type Passwords } from './passwords.ts';
import { poolPriority, poolThreads } from './hash-thread-priority.ts';
import { createSlowHash, isAcceptableHash, isCurrentHash } from './argon2.ts';
import { HashQueueFull } from './hash-queue.ts';

const hash = createSlowHash();
const box = (byte: number) => createSecretBox(new Uint8Array(32).fill(byte));
const withRules = (minimumLength: number, secretBox = box(7)) =>
  createPasswords({ secretBox, hash, rules: { minimumLength, contextWords: ['Rekey', 'login.example.org'] } });
const own = { username: 'an.peeters', email: 'an@example.org' };

let passwords: Passwords;
beforeAll(() => {
  passwords = withRules(8);
});

describe('rules when a password is set', () => {
  test.each([
    [8, '1234567', 'too_short'],
    [8, 'qzwxecr7', undefined],
    [15, 'qzwxecrvtbynum', 'too_short'],
    [15, 'qzwxecrvtbynumi', undefined],
    [8, '🌷🌷🌷🌷🌷🌷🌷', 'too_short'],
    [8, '🌷🌻🌹🌷🌻🌹🌷🌻', undefined],
    [8, 'x'.repeat(256), undefined],
    [8, 'x'.repeat(257), 'too_long'],
  ])('A-001 at least %i code points: %s', async (minimum, password, fault) => {
    expect(await withRules(minimum).fault(password, own)).toBe(fault);
  });

  test.each(['password', 'PASSWORD', '12345678', 'qwertyuiop', 'iloveyou', 'Ｐassword'])(
    'A-004 refused as common: %s',
    async (word) => {
      expect(await passwords.fault(word, own)).toBe('common');
    },
  );

  test.each(['an.peeters', 'AN.PEETERS', 'an@example.org', 'login.example.org'])(
    'A-004 refused as a name of this service or person: %s',
    async (word) => {
      expect(await passwords.fault(word, own)).toBe('context');
    },
  );

  test('A-004 the part of the e-mail address before the @ is a name too; an account without an address has none', async () => {
    const named = { username: 'an', email: 'an.peeters@example.org' };
    expect(await passwords.fault('An.Peeters', named)).toBe('context');
    expect(await passwords.fault('example.org', named)).toBeUndefined();
    expect(await passwords.fault('undefined', { username: 'an' })).toBeUndefined();
  });

  test('A-004 the whole is compared, not a part', async () => {
    expect(await passwords.fault('my password is not this one', own)).toBeUndefined();
    expect(await passwords.fault('rekey rekey rekey', own)).toBeUndefined();
  });

  test('A-003 no other rule: any text that is long enough and not on the list', async () => {
    const rare = fc.string({ unit: 'grapheme', minLength: 20, maxLength: 60 }).map((text) => `${text}#rare`);
    const texts = fc.sample(rare, 200);
    const faults = await Promise.all(texts.map((text) => passwords.fault(text, own)));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });
});

describe('comparing a password', () => {
  test('A-002 nothing is cut off, neither at 72 bytes nor at a NUL', async () => {
    const long = 'a'.repeat(72);
    const kept = await passwords.make(`${long}1`, 1);
    expect(await passwords.matches(kept, `${long}1`, 1)).toEqual({ right: true });
    expect(await passwords.matches(kept, `${long}2`, 1)).toEqual({ right: false });
    const withNul = await passwords.make('tulips\0roses', 1);
    expect((await passwords.matches(withNul, 'tulips\0daisies', 1)).right).toBe(false);
    expect((await passwords.matches(withNul, 'tulips\0roses', 1)).right).toBe(true);
  });

  test('A-002 a password of 256 characters is compared whole, one of 257 is refused', async () => {
    const whole = '🌷'.repeat(longestPassword);
    const kept = await passwords.make(whole, 1);
    expect((await passwords.matches(kept, whole, 1)).right).toBe(true);
    expect((await passwords.matches(kept, `${whole}x`, 1)).right).toBe(false);
  });

  test('A-005 the same letters in another Unicode form', async () => {
    const kept = await passwords.make('Zoë Šćepanović'.normalize('NFC'), 1);
    expect((await passwords.matches(kept, 'Zoë Šćepanović'.normalize('NFD'), 1)).right).toBe(true);
  });

  test('A-006 argon2id with 19 MiB, 2 passes, a salt of its own', async () => {
    const [one, other] = await Promise.all([passwords.make('the same one', 1), passwords.make('the same one', 1)]);
    expect(one.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one.hash).not.toBe(other.hash);
  });

  test('A-006 a hash with older parameters or without pepper is renewed by the next right password', async () => {
    const cheap = {
      hash: await argon2('tulips and roses', { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 }),
      peppered: false,
      setAt: 1,
    };
    const { right, renewed } = await passwords.matches(cheap, 'tulips and roses', 99);
    expect(right).toBe(true);
    expect(renewed).toMatchObject({ peppered: true, setAt: 99 });
    expect(isCurrentHash(renewed?.hash ?? '')).toBe(true);
    expect(await passwords.matches(renewed, 'tulips and roses', 99)).toEqual({ right: true });
    expect(await passwords.matches(cheap, 'tulips and lilies', 99)).toEqual({ right: false });
  });

  test('A-007 a hash cannot be checked without the root key', async () => {
    const kept = await passwords.make('tulips and roses', 1);
    const elsewhere = withRules(8, box(8));
    expect((await elsewhere.matches(kept, 'tulips and roses', 1)).right).toBe(false);
  });

  test('no password matches an unknown name', async () => {
    expect(await passwords.matches(undefined, 'nobody has this password', 1)).toEqual({ right: false });
    expect(await passwords.matches(undefined, '', 1)).toEqual({ right: false });
  });
});

describe('the hash, the queue and the time of answers', () => {
  const currentForm = '$argon2id$v=19$m=19456,t=2,p=1$';
  const parts = { secretBox: box(7), rules: { minimumLength: 8, contextWords: [] } };

  test.each([
    ['today’s parameters, peppered', currentForm, true, false],
    ['today’s parameters, not peppered', currentForm, false, true],
    ['older parameters, peppered', '$argon2id$v=19$m=8192,t=1,p=1$', true, true],
  ])('A-006 whether the hash is renewed: %s', async (_form, form, peppered, isRenewed) => {
    const { renewed } = await createPasswords({
      ...parts,
      hash: { hash: async () => 'newer', matches: async () => true },
    }).matches({ hash: `${form}c2FsdA$aGFzaA`, peppered, setAt: 1 }, 'tulips and roses', 9);
    expect(renewed).toEqual(isRenewed ? { hash: 'newer', peppered: true, setAt: 9 } : undefined);
  });

  test.each([
    ['the queue is full: at a later sign-in', new HashQueueFull('full'), { right: true }],
    ['any other fault is thrown', new Error('broken'), undefined],
  ])('A-006 a hash that cannot be renewed now: %s', async (_case, fault, expected) => {
    const answer = createPasswords({
      ...parts,
      hash: { hash: () => Promise.reject(fault), matches: async () => true },
    }).matches({ hash: 'old', peppered: false, setAt: 1 }, 'tulips and roses', 9);
    if (expected) expect(await answer).toEqual(expected);
    else await expect(answer).rejects.toBe(fault);
  });

  test.each([
    ['an unknown name', undefined, 'tulips and roses'],
    ['a password that is too long', { hash: currentForm, peppered: true, setAt: 1 }, 'x'.repeat(257)],
  ])('%s is never right, whatever the comparison says', async (_case, stored, given) => {
    const always = { hash: async () => 'new', matches: async () => true };
    expect(await createPasswords({ ...parts, hash: always }).matches(stored, given, 9)).toEqual({ right: false });
  });

  test('A-208 the time of a check is measured from its start, without the queue, and a wrong answer is due from then', async () => {
    let now = 1_000;
    const told: unknown[] = [];
    const timed = createPasswords({
      ...parts,
      pace: { now: () => now },
      hash: {
        hash: async () => 'new',
        async matches(_phc, _secret, wish) {
          now += 500;
          wish?.started?.();
          now += 40;
          return false;
        },
      },
      time: {
        met: async (hash) => void told.push(['met', hash]),
        took: (hash, ms) => void told.push(['took', hash, ms]),
        due: async (began) => void told.push(['due', began]),
      },
    });
    await timed.matches({ hash: 'stored', peppered: true, setAt: 1 }, 'guess', 9);
    expect(told).toEqual([
      ['took', 'stored', 40],
      ['met', 'stored'],
      ['due', 1_500],
    ]);
  });

  test('a place is reserved in the queue of the hash; a hash without a queue needs none', () => {
    const kept: unknown[] = [];
    const place = { leave: () => {} };
    const plain = { hash: async () => 'new', matches: async () => true };
    const queued = { ...plain, keepPlace: (first?: boolean) => (kept.push(first), place) };
    expect(createPasswords({ ...parts, hash: queued }).keepPlace(true)).toBe(place);
    expect(kept).toEqual([true]);
    expect(
      createPasswords({ ...parts, hash: plain })
        .keepPlace(true)
        .leave(),
    ).toBeUndefined();
  });
});

describe('the number of parallel hashes is limited', () => {
  test('never more at once than allowed, and all are done', async () => {
    const bounded = createSlowHash({ atOnce: 2 });
    const phc = await bounded.hash('x');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => bounded.matches(phc, index % 2 === 0 ? 'x' : 'y')),
    );
    expect(answers).toEqual(Array.from({ length: 12 }, (_, index) => index % 2 === 0));
  });

  test.each([
    ['as many as are allowed', { atOnce: 2 }, 2],
    ['one for every core, but not the whole pool', {}, Math.min(availableParallelism(), 3)],
  ])('%s run at once, and not one more', async (_many, options, many) => {
    const bounded = createSlowHash({ ...options, waitingAtMost: 0 });
    for (let round = 0; round < 2; round += 1) {
      const settled = await Promise.allSettled(Array.from({ length: many + 1 }, () => bounded.hash('x')));
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(many);
    }
  });

  test('hashing threads have a lower priority than the main thread', async () => {
    await createSlowHash().hash('x');
    const priorities = poolThreads().map((thread) => getPriority(thread));
    expect(new Set(priorities)).toEqual(new Set(process.platform === 'linux' ? [poolPriority()] : []));
    expect([-5, 0, 9, 10, 18, 19].map((own) => poolPriority(own))).toEqual([10, 10, 10, 11, 19, 19]);
  });

  test('a full queue refuses, and accepts again later', async () => {
    const bounded = createSlowHash({ atOnce: 1, waitingAtMost: 1 });
    const [first, second, third] = await Promise.allSettled([bounded.hash('a'), bounded.hash('b'), bounded.hash('c')]);
    expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(third).toMatchObject({ reason: { name: HashQueueFull.name, status: 503 } });
    expect(await bounded.matches(await bounded.hash('d'), 'd')).toBe(true);
  });

  test.each([
    ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g', true],
    ['$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g', false],
    ['$argon2id$v=19$m=19456,t=900,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g', false],
    ['$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g', false],
    ['$2b$10$abcdefghijklmnopqrstuv', false],
    ['', false],
  ])('a foreign hash is taken only when checking it is cheap enough: %s', (phc, expected) => {
    expect(isAcceptableHash(phc)).toBe(expected);
  });
});

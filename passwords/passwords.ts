/** Passwords: rules when one is set, comparison when one is given (NIST SP 800-63B-4 §3.1.1.2). */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { HashPlace, HashWish, SlowHash } from '../factors/contract.ts';
import type { Password } from '../accounts/person.ts';
import { realPace, type AnswerTime, type Pace } from './answer-time.ts';
import { HashQueueFull } from './hash-queue.ts';
import { isCurrentHash, nobodysHash } from './argon2.ts';

export interface PasswordRules {
  /** In code points: 8 where a second step is compulsory, 15 where the password may be enough alone. */
  readonly minimumLength: number;
  /** Names of the service that make a bad password: its name, its host. */
  readonly contextWords: readonly string[];
}

export const passwordFaults = ['too_short', 'too_long', 'common', 'context'] as const;
export type PasswordFault = (typeof passwordFaults)[number];

/** In code points; a password up to this length is accepted and compared whole. */
export const longestPassword = 256;

export interface Passwords {
  /** A foreign hash is being imported. */
  takesIn(hash: string): Promise<void>;
  /** What is wrong with a new password; `undefined`: nothing. */
  fault(
    password: string,
    own: { readonly username: string; readonly email?: string },
  ): Promise<PasswordFault | undefined>;
  make(password: string, now: number): Promise<Password>;
  /** Reserves a place for one comparison, before a try is counted. Throws, with `status` 503, if the queue is full. */
  keepPlace(first: boolean): HashPlace;
  /**
   * Compares. Every wrong answer takes the same time, with or without a password, whatever its hash costs. `renewed`:
   * the hash with today's parameters, for the caller to store.
   */
  matches(
    stored: Password | undefined,
    given: string,
    now: number,
    wish?: Pick<HashWish, 'first' | 'place'>,
  ): Promise<{ readonly right: boolean; readonly renewed?: Password }>;
}

const noTime: AnswerTime = { met: async () => {}, took: () => {}, due: async () => {} };

const normalised = (password: string): string => password.normalize('NFC');
const folded = (word: string): string => word.normalize('NFKC').toLowerCase();

export function createPasswords({
  secretBox,
  hash,
  rules,
  time = noTime,
  pace = realPace,
}: {
  readonly secretBox: SecretBox;
  readonly hash: SlowHash;
  readonly rules: PasswordRules;
  /** Absent: all hashes are made here. */
  readonly time?: AnswerTime;
  readonly pace?: Pick<Pace, 'now'>;
}): Passwords {
  const peppered = (password: string) => secretBox.digest(normalised(password), 'password pepper');
  const hashOf = (password: string) => hash.hash(peppered(password));
  let common: Promise<ReadonlySet<string>> | undefined;
  /** If the queue is full, at a later sign-in. */
  const renewedFor = async (password: string, now: number): Promise<{ readonly renewed?: Password }> => {
    try {
      return { renewed: { hash: await hashOf(password), peppered: true, setAt: now } };
    } catch (error) {
      if (error instanceof HashQueueFull) return {};
      throw error;
    }
  };

  return {
    async fault(password, own) {
      const length = Array.from(normalised(password)).length;
      if (length < rules.minimumLength) return 'too_short';
      if (length > longestPassword) return 'too_long';
      const word = folded(password);
      const context = [...rules.contextWords, own.username, own.email ?? '', own.email?.split('@')[0] ?? ''];
      if (context.some((value) => value !== '' && folded(value) === word)) return 'context';
      common ??= loadCommonPasswords();
      return (await common).has(word) ? 'common' : undefined;
    },
    make: async (password, now) => ({ hash: await hashOf(password), peppered: true, setAt: now }),
    keepPlace: (first) => hash.keepPlace?.(first) ?? { leave: () => {} },
    takesIn: (from) => time.met(from),
    async matches(stored, given, now, wish) {
      const tooLong = Array.from(given).length > longestPassword;
      const attempt = tooLong ? '' : given;
      const against = stored?.hash ?? nobodysHash;
      const secret = stored?.peppered === false ? normalised(attempt) : peppered(attempt);
      let began = pace.now();
      const right = await hash.matches(against, secret, { ...wish, started: () => (began = pace.now()) });
      time.took(against, pace.now() - began);
      await time.met(against);
      if (!right || !stored || tooLong) {
        await time.due(began);
        return { right: false };
      }
      if (stored.peppered && isCurrentHash(stored.hash)) return { right: true };
      return { right: true, ...(await renewedFor(given, now)) };
    },
  };
}

async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set((dictionary['passwords-common'] as readonly string[]).map(folded));
}

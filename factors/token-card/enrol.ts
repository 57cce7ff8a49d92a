/** A card reaches the person by hand or by post: an administrator issues it, or an import adds it. */
import { accepted, refused } from '../contract.ts';
import type { Issued, Outcome, Paper, PersonFacts, SlowHash, Tools } from '../contract.ts';
import { randomDigits } from '../kit/random-digits.ts';
import { noneSpent } from '../kit/spent-challenges.ts';
import { serialDigits } from './serial.ts';
import type { Settings } from './settings.ts';
import { clearCard, hashedCard } from './states.ts';
import type { Secret } from './states.ts';

/** Never called by the core, because of `traits.selfService`; a call is refused anyway. */
export const notByOneself = async () => refused('key_state_unreadable');

export async function issue(tools: Tools<Settings>, person: PersonFacts, paper?: Paper): Promise<Issued<Secret>> {
  const { digits, count } = tools.settings;
  const serial = randomDigits(tools.random, serialDigits);
  const codes: Record<string, string> = {};
  for (let position = 1; position <= count; position += 1) codes[position] = randomDigits(tools.random, digits);
  const [hashes, { printCard }] = await Promise.all([hashAll(tools.hash, codes), import('./print-card.ts')]);
  const bytes = await printCard({
    serial,
    codes,
    person,
    issuer: tools.provider.name,
    reusable: tools.settings.reuse === 'reusable',
    now: tools.now,
    paper,
  });
  return {
    secret: { version: 1, serial, digits, hashes, used: [], challenges: noneSpent },
    document: { filename: `card-${serial}.pdf`, mediaType: 'application/pdf', bytes },
    clear: { serial, codes },
  };
}

/**
 * A card that was made elsewhere: `{ serial, codes }` in clear text, or `{ serial, hashes, spent }` as `dump` returns
 * it.
 */
export async function load({ hash, settings }: Tools<Settings>, data: unknown): Promise<Outcome<Secret>> {
  const clear = clearCard.safeParse(data);
  if (clear.success) {
    const { serial, codes, spent } = clear.data;
    const digits = Object.values(codes)[0]?.length ?? settings.digits;
    return accepted({ ...fresh, serial, digits, hashes: await hashAll(hash, codes), used: spent });
  }
  const hashed = hashedCard.safeParse(data);
  if (!hashed.success) return refused('key_state_unreadable');
  const { serial, digits = settings.digits, hashes, spent } = hashed.data;
  return accepted({ ...fresh, serial, digits, hashes, used: spent });
}

export const dump = ({ serial, digits, hashes, used }: Secret) => ({ serial, digits, hashes, spent: used });

const fresh = { version: 1, challenges: noneSpent } as const;

/** All at once, in the order of their numbers: the core limits how many run in parallel. */
const hashAll = (hash: SlowHash, codes: Readonly<Record<string, string>>): Promise<string[]> =>
  Promise.all(Object.keys(codes).map((_, index) => hash.hash(codes[index + 1] ?? '')));

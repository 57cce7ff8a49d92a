/**
 * What must be unique is a small document whose id is the thing and whose body names its holder. A claim whose person does not hold the thing
 * is void and may be taken over; so a crash between claim and person leaves nothing that blocks.
 */
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

interface Claim {
  readonly person: string;
}

export type ClaimKind = 'username' | 'device';

export interface Claims {
  holder(kind: ClaimKind, value: string): Promise<string | undefined>;
  /** Takes it for `person`, unless somebody has it, as `holds` says of the present holder. */
  take(
    kind: ClaimKind,
    value: string,
    person: string,
    holds: (holder: string) => Promise<boolean>,
  ): Promise<Taken | undefined>;
}

export interface Taken {
  /** To be asked once the person is written. False: until then the claim looked void to another one, who has taken it over. */
  keep(): Promise<boolean>;
}

/** One spelling for all that look and type alike: white space around it and joiners left out, compatibility forms (NFKC) and case folded. */
export function foldName(name: string): string {
  return name
    .replaceAll(/[\u200c\u200d]/gu, '')
    .trim()
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC');
}

/** Names are one whatever their spelling; a device's number is what it is. */
const idOf = (kind: ClaimKind, value: string) => `${kind}:${kind === 'username' ? foldName(value) : value}`;

export const claimDocuments: CollectionSpec<Claim> = { name: 'claims' };

export function createClaims(storage: Storage): Claims {
  const claims: Collection<Claim> = storage.collection(claimDocuments);

  return {
    holder: async (kind, value) => (await claims.get(idOf(kind, value)))?.value.person,
    async take(kind, value, person, holds) {
      const id = idOf(kind, value);
      const taken = (version: Version): Taken => ({
        keep: async () => (await claims.replace(id, { person }, version)) !== undefined,
      });
      for (;;) {
        const mine = await claims.insert(id, { person });
        if (mine !== undefined) return taken(mine);
        const present = await claims.get(id);
        if (!present) continue;
        if (present.value.person === person) return taken(present.version);
        if (await holds(present.value.person)) return undefined;
        const over = await claims.replace(id, { person }, present.version);
        if (over !== undefined) return taken(over);
      }
    },
  };
}

/**
 * What must be unique is a small document whose id is the thing and whose body names its holder. A claim whose person does not hold the thing
 * is void and may be taken over; so a crash between claim and person leaves nothing that blocks.
 */
import type { Collection, Storage } from '../adapters/storage/port.ts';

interface Claim {
  readonly person: string;
}

export type ClaimKind = 'username';

export interface Claims {
  holder(kind: ClaimKind, value: string): Promise<string | undefined>;
  /** True when `person` has it now. `holds` says whether the present holder really holds it. */
  take(kind: ClaimKind, value: string, person: string, holds: (holder: string) => Promise<boolean>): Promise<boolean>;
}

/** One spelling for all that look and type alike: white space around it, compatibility forms (NFKC) and case folded. */
export function foldName(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase().normalize('NFKC');
}

const idOf = (kind: ClaimKind, value: string) => `${kind}:${foldName(value)}`;

export function createClaims(storage: Storage): Claims {
  const claims: Collection<Claim> = storage.collection<Claim>({ name: 'claims' });

  return {
    holder: async (kind, value) => (await claims.get(idOf(kind, value)))?.value.person,
    async take(kind, value, person, holds) {
      const id = idOf(kind, value);
      for (;;) {
        if ((await claims.insert(id, { person })) !== undefined) return true;
        const taken = await claims.get(id);
        if (!taken) continue;
        if (taken.value.person === person) return true;
        if (await holds(taken.value.person)) return false;
        if ((await claims.replace(id, { person }, taken.version)) !== undefined) return true;
      }
    },
  };
}

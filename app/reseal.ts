/**
 * Seals again, in batches, what is sealed under an old root key. The leader runs it while an old root key is configured
 * (key-jobs.ts). Sign-ins in progress are left out: they end within hours.
 */
import type { Person } from '../accounts/person.ts';
import { allPages } from '../adapters/storage/all-pages.ts';
import type { Services } from '../admin/services.ts';
import type { Outbox } from '../messages/outbox.ts';

export interface Resealed {
  /** Documents that were sealed again. */
  readonly changed: number;
  /** Documents that were not: no configured root key opens them, or somebody was writing them. */
  readonly left: number;
}

type Parts = Pick<Services, 'people' | 'sealing' | 'keptKeys' | 'audit'> & { readonly outbox: Pick<Outbox, 'reseal'> };
const pageSize = 100;

/**
 * Goes through everything once; `undefined` if it had to stop. @param goesOn called before every batch @param rest
 * awaited after every batch
 */
export async function resealAll(
  { people, sealing, keptKeys, audit, outbox }: Parts,
  { goesOn, rest }: { readonly goesOn: () => boolean; readonly rest: () => Promise<void> },
): Promise<Resealed | undefined> {
  const resealed = ({ id, keys }: Person) =>
    keys.map((key) => {
      const sealed = key.sealed === undefined ? undefined : sealing.resealKey(id, key.id, key.sealed);
      return sealed === undefined ? key : Object.assign({}, key, { sealed });
    });
  const isOlder = (person: Person) =>
    person.keys.some(({ sealed }) => sealed !== undefined && !sealing.isCurrent(sealed));
  const older = await keptKeys.countOlder();
  const keysLeft = await keptKeys.reseal();
  const messages = await outbox.reseal();
  const head = await audit.reseal();
  let [changed, left] = [older - keysLeft + messages.changed + head.changed, keysLeft + messages.left + head.left];
  for await (const items of allPages(people, pageSize)) {
    if (!goesOn()) return undefined;
    for (const { id } of items.filter((stored) => isOlder(stored.value))) {
      await people.change(id, (person) => (isOlder(person) ? { ...person, keys: resealed(person) } : undefined));
      const written = await people.get(id);
      if (written && isOlder(written)) left += 1;
      else changed += 1;
    }
    await rest();
  }
  return { changed, left };
}

/** Exports people, one on each line, in a form that `person import` reads. */
import { allDocuments } from '../../adapters/storage/all-pages.ts';
import type { Services } from '../services.ts';
import { strongestBound } from '../../factors/policy/binding-bar.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { writePersonLine, type KeyLine, type PersonLine } from './person-line.ts';
import { exportPlace } from './person-import.ts';

export interface ExportOptions {
  /**
   * Keys as their factors dump them, which for some factors is the clear secret; otherwise sealed under this
   * installation's root key, and readable only with the same root key.
   */
  readonly clearKeys?: boolean;
}

type Parts = Pick<Services, 'people' | 'registry' | 'sealing' | 'secretBox'>;
type Boxes = Omit<Parts, 'people'>;
const pageSize = 100;

/**
 * Passwords are exported as hashes. Keys that are off, blocked, unreadable or of a factor without transfer are left
 * out.
 */
export async function* exportPeople(
  services: Parts,
  { clearKeys = false }: ExportOptions = {},
): AsyncGenerator<string> {
  for await (const { value: person } of allDocuments(services.people, pageSize))
    yield writePersonLine(person, keysOf(services, person, clearKeys), barOf(services, person));
}

/** The bar that the keys that are left out set for a new one. */
function barOf(services: Boxes, person: Person): PersonLine['bar'] {
  const staying = person.keys.filter((key) => !travels(services, key));
  const strongest = strongestBound(staying.map((key) => ({ ...key, strength: key.strength })));
  return strongest === 'single' ? undefined : strongest;
}

const travels = ({ registry }: Boxes, { factor, status, sealed }: Key): boolean =>
  registry.get(factor)?.transfer !== undefined && status === 'active' && sealed !== undefined;

function keysOf({ registry, sealing, secretBox }: Boxes, person: Person, clear: boolean): readonly KeyLine[] {
  return person.keys.flatMap((key): readonly KeyLine[] => {
    const factor = registry.get(key.factor);
    if (!factor?.transfer || key.sealed === undefined || !travels({ registry, sealing, secretBox }, key)) return [];
    const secret = sealing.openKey(factor, person.id, key.id, key.sealed);
    if (secret === undefined) return [];
    const data = factor.transfer.dump(secret);
    const line = { factor: factor.id, ...(key.label === undefined ? {} : { label: key.label }) };
    return [
      clear
        ? { ...line, data: data as KeyLine['data'] }
        : { ...line, sealed: secretBox.seal(data, exportPlace(person.id, factor.id)) },
    ];
  });
}

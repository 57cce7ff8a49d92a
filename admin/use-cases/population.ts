/**
 * All accounts, as far as a decision about dates needs them: one account for each shape, with the number of accounts of
 * that shape; and separately the accounts whose shape says too little. Called by the pre-flight.
 */
import { personOfShape, shapeOf } from '../../accounts/shape.ts';
import { localPartOf } from '../../accounts/shared-mailbox.ts';
import type { Person } from '../../accounts/person.ts';
import type { Services } from '../services.ts';

export interface Alike {
  /** One of them, or an invented one: for the decider alone. */
  readonly person: Person;
  readonly accounts: number;
}

/**
 * Throws `TooManyToCount` if accounts differ in more ways than a store counts.
 * @param without accounts, as they are in the store, that are left out
 */
export async function populationOf(
  { people, settings: { sharedMailboxes }, clock }: Pick<Services, 'people' | 'settings' | 'clock'>,
  without: readonly Person[] = [],
): Promise<readonly Alike[]> {
  const barred = new Set(sharedMailboxes.mayEnrol ? [] : sharedMailboxes.localParts.map((part) => part.toLowerCase()));
  const apart = new Map<string, Person>();
  for (const person of await people.withPermit(clock.now())) apart.set(person.id, person);
  for (const part of barred) for (const person of await people.withMailbox(part)) apart.set(person.id, person);

  const shapes = new Map((await people.shapes()).map(({ key, documents }) => [key, documents]));
  const groups = new Map<string, Alike>();
  const takeOut = (shape: string): void => {
    const left = (shapes.get(shape) ?? 0) - 1;
    if (left > 0) shapes.set(shape, left);
    else shapes.delete(shape);
  };
  for (const person of without) {
    takeOut(shapeOf(person));
    apart.delete(person.id);
  }
  for (const person of apart.values()) {
    const shape = shapeOf(person);
    takeOut(shape);
    const isBarred = person.email !== undefined && barred.has(localPartOf(person.email.address));
    const alike = JSON.stringify([shape, person.permit?.until ?? null, isBarred]);
    groups.set(alike, { person, accounts: (groups.get(alike)?.accounts ?? 0) + 1 });
  }
  const others = [...shapes].map(([shape, accounts]) => ({ person: personOfShape(shape), accounts }));
  return [...others, ...groups.values()];
}

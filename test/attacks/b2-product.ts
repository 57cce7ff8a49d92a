/** A product in which a sign-in lasts four hours, for tests that guess for long. */
import { afterAll, beforeAll } from '@jest/globals';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { personNow, staying, type KeyKind } from './visitor.ts';

export const minute = 60_000;
export const hour = 60 * minute;

export let product: Product;
export let rp: RelyingParty;

export const keyOf = async (of: Product, person: NewPerson, kind: KeyKind) =>
  (await personNow(of, person)).keys.find(({ factor }) => factor === kind);
export const many = (field: string) => Array.from({ length: 1000 }, (_, index) => [field, `guess ${index}`] as const);
export const few = (field: string, name = field) => [1, 2, 3].map((index) => [name, `guess ${index}`] as const);
export const told = (of: Product, person: NewPerson) => of.mails.filter(({ to }) => to === person.email);

/** Starts the product before the tests of a file, and closes it after them. */
export function withLongSignIns(): void {
  beforeAll(async () => {
    product = await startProduct({ ...staying, signIn: { order: 'key-first', interactionMinutes: 240 } });
    rp = await relyingParty(product.issuer, product.client);
  });
  afterAll(() => product.close());
}

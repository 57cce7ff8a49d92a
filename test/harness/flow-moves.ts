/** Parts of sign-ins that several flows share, each step checked. */
import { expect } from '@jest/globals';
import { generateSync } from 'otplib';
import type { Stage } from './flow-stage.ts';
import type { Visit } from './flow-visit.ts';
import type { NewPerson } from './product.ts';

type Someone = Pick<NewPerson, 'username' | 'password'>;

export async function givePassword(visit: Visit, { username, password }: Someone): Promise<void> {
  await visit.expectStep('password');
  await visit.send({ username, password });
}

export async function giveCard(visit: Visit, { card }: Pick<NewPerson, 'card'>): Promise<void> {
  await visit.expectStep('prove-key', { factor: 'token-card' });
  await visit.send({ code: cardCode(card, await visit.data('position')) });
}

export function cardCode(card: NewPerson['card'], position: string | null): string {
  const code = card[position ?? ''];
  if (code === undefined) throw new Error(`The card has no position ${position}.`);
  return code;
}

/** Another code of the same form. */
export const otherCode = (code: string): string =>
  String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');

/** From the relying party to step 1 of 4, through the dialog. */
export async function toWizard(visit: Visit, someone: NewPerson): Promise<void> {
  await visit.signIn();
  await visit.choose('token-card');
  await visit.expectStep('phase-out', { factor: 'token-card' });
  await visit.press('migrate');
  await givePassword(visit, someone);
  await giveCard(visit, someone);
  await visit.expectStep('confirm-email');
}

/** From step 1 to step 3 of 4. */
export async function toActivation(visit: Visit, factor: string): Promise<void> {
  await visit.press('continue');
  await visit.expectStep('select-key');
  await visit.choose(factor);
  await visit.expectStep('activate-key', { factor });
}

/** The code of the newest mail to an address that has one. */
export async function mailedCode({ product }: Pick<Stage, 'product'>, to: string): Promise<string> {
  const mail = await product.mailTo(to, /^\d{6}\b/m);
  return /^(\d{6})\b/m.exec(mail.text)?.[1] ?? '';
}

/** The code of the newest text message to this person. */
export async function textedCode(
  { product }: Pick<Stage, 'product'>,
  { number }: Pick<NewPerson, 'number'>,
): Promise<string> {
  const { text } = await product.textTo(number, /^\d{6} /);
  return /^(\d{6}) /.exec(text)?.[1] ?? '';
}

/**
 * From the relying party to the list of further keys, through the proof of the key in the connected device, and of the
 * mailbox.
 */
export async function toFurtherKey(visit: Visit, stage: Stage, someone: NewPerson, held: string): Promise<void> {
  await visit.signIn({ prompt: 'login' });
  await visit.press('secure');
  await givePassword(visit, someone);
  await visit.expectStep('prove-key', { factor: held });
  await visit.press('continue');
  await visit.expectStep('confirm-email');
  await visit.press('continue');
  await visit.send({ code: await mailedCode(stage, someone.email) });
  await visit.expectStep('select-key');
}

export const appCode = (secret: string, now: number): string =>
  generateSync({ secret: secret.replaceAll(/\s/g, ''), epoch: Math.floor(now / 1000) });

/** Waits until nothing is pending: how many mails went to this person's address, by subject. */
export async function mailsTo({ product }: Pick<Stage, 'product'>, to: string): Promise<readonly string[]> {
  await product.app.flush();
  return product.mails.filter((mail) => mail.to === to).map(({ subject }) => subject);
}

export async function personOf({ product }: Pick<Stage, 'product'>, { person }: Pick<NewPerson, 'person'>) {
  const found = await product.services.people.get(person.id);
  if (!found) throw new Error('The person is gone.');
  return found;
}

/** The factors of the active keys, in the order of their activation. */
export async function activeKeys(stage: Pick<Stage, 'product'>, someone: Pick<NewPerson, 'person'>) {
  const { keys } = await personOf(stage, someone);
  return keys.filter(({ status }) => status === 'active').map(({ factor }) => factor);
}

export async function expectClaims(visit: Visit, claims: Readonly<Record<string, unknown>>): Promise<void> {
  expect(await visit.told()).toMatchObject({ claims });
}

// The user name that a person chooses in an activation: not the address of somebody else, and no way to try names.
import { expect, test } from '@jest/globals';
import { nameTries } from '../../accounts/own-name.ts';
import { register } from '../harness/activation-desk.ts';
import { account, password, product, Visitor, withActivations } from './activation-visitor.ts';
import { reasonOf, stepOf } from './visitor.ts';

withActivations();

const chosen = (visitor: Visitor, username: string) =>
  visitor.send('choose-name', { username, password, again: password, action: 'continue' });

test('A-691 nobody takes the e-mail address of somebody else as a user name, in no spelling of it', async () => {
  const victim = await product.addPerson();
  const an = await register(product);
  const visitor = new Visitor();
  const before = (await account(an))?.username;
  const page = await visitor.toKey(an, victim.email);
  expect([stepOf(page), reasonOf(page)]).toEqual(['choose-name', 'username_address']);
  for (const name of [victim.email.toUpperCase(), victim.email.replace('@', '＠'), 'nobody@elsewhere.example', '@an'])
    expect(reasonOf(await chosen(visitor, name))).toBe('username_address');
  expect([(await account(an))?.username, (await product.services.people.findByUsername(victim.email))?.id]).toEqual([
    before,
    undefined,
  ]);
  // Their own is theirs.
  expect(stepOf(await chosen(visitor, an.email.toUpperCase()))).toBe('activate-key');
});

test('A-692 an activation learns of few names whether somebody has them, also over browsers and at once', async () => {
  const people = await Promise.all(Array.from({ length: 14 }, () => product.addPerson()));
  const [an, free] = [await register(product), `free.${Date.now()}`];
  const visitors = [new Visitor(), new Visitor()];
  for (const [index, { username }] of people.slice(0, 4).entries()) {
    const visitor = visitors[index % 2] ?? new Visitor();
    const page = await (index < 2 ? visitor.toKey(an, username) : chosen(visitor, username));
    expect(reasonOf(page)).toBe('username_taken');
  }
  await Promise.all(
    people.slice(4).map(({ username }, index) => chosen(visitors[index % 2] ?? new Visitor(), username)),
  );
  // Of answers at once some only show what another one has said: the account counts what was compared.
  expect((await account(an))?.otherAttempts[nameTries]?.count).toBe(5);
  const [visitor] = visitors;
  const paused = visitor && (await chosen(visitor, free));
  expect(paused && [stepOf(paused), reasonOf(paused)]).toEqual(['choose-name', 'attempts_paused']);
  product.clock.advance(60_000);
  const page = visitor && (await chosen(visitor, free));
  expect([page && stepOf(page), (await account(an))?.username]).toEqual(['activate-key', free]);
});

/**
 * A mail that brings no zone says the time in that of dates which were set by command, where the configuration names
 * none.
 */
import { expect, test } from '@jest/globals';
import { notice } from '../accounts/notices.ts';
import { addPending } from '../accounts/person-store.ts';
import { startProduct } from '../test/harness/product.ts';

test('A-326 the zone of dates in the store, and UTC, named, where there are none', async () => {
  const product = await startProduct({ factors: { 'authenticator-app': {}, 'token-card': {} } });
  try {
    const an = await product.addPerson({ language: 'en', keys: ['authenticator-app'] });
    const { people, schedules } = product.services;
    const told = async (template: string) => {
      const now = product.clock.now();
      await people.change(an.person.id, (person) => addPending(person, ...notice(person, template, {}, now)));
    };
    await told('unblocked');
    const before = await product.mailTo(an.email, /blocks on your account/);
    expect(before.text).toContain('10 January 2024 at 11:00 UTC');
    const factor = 'token-card';
    const dates = { factor, zone: 'Europe/Brussels', after: 're-enrol', replacements: [], rules: [] } as const;
    await schedules.change('test', (present) => ({ ...present, [factor]: dates }));
    await told('password_attempts');
    const after = await product.mailTo(an.email, /tried to sign in/);
    expect(after.text).toContain('10 January 2024 at 12:00 (Central European Time)');
    expect([before.listId, after.listId]).toEqual([undefined, undefined]);
  } finally {
    await product.close();
  }
});

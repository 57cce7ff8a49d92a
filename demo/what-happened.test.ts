import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../accounts/person.ts';
import { auditActions } from '../accounts/audit-actions.ts';
import { auditInWords, saidActions } from './audit-words.ts';
import { afreshBecause } from './start-afresh.ts';
import { merged } from './what-happened.ts';

const names = {
  person: (id: string) => (id === 'p1' ? 'An Peeters' : undefined),
  client: (id: string) => (id === 'rp' ? 'My taxes' : id),
  lastDay: () => '30 January 2024',
};
const event = (action: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  at: 1_000,
  actor: 'p1',
  action,
  person: 'p1',
  ...more,
});
const words = (...events: AuditEvent[]) =>
  merged(events).flatMap((one) => {
    const said = auditInWords(one, names);
    return said ? [`${said.who} ${said.what}`] : [];
  });

test('A-636 a key that took the place of another is one sentence; so are accounts that were taken in together', () => {
  expect(
    words(
      event('key.off', { factor: 'token-card', key: 'k1', facts: { because: 'replaced' } }),
      event('key.on', { factor: 'email-otp', key: 'k2', facts: { source: 'enrolled', replaces: 'k1' } }),
    ),
  ).toEqual(['An Peeters replaced the paper card by the code by e-mail: one write, two mails']);
  expect(
    words(
      event('key.off', { factor: 'token-card', key: 'k9', facts: { because: 'removed' } }),
      event('key.on', { factor: 'email-otp', key: 'k2', facts: { source: 'enrolled', replaces: 'k1' } }),
    ),
  ).toEqual(['An Peeters removed the paper card', 'An Peeters took a new key: code by e-mail']);
  const taken = event('person.imported', { actor: 'demo' });
  const key = event('key.on', { actor: 'demo', factor: 'token-card', facts: { source: 'imported' } });
  expect(words(taken, key, taken, key, taken)).toEqual(['The demo took in 3 accounts']);
  const dates = event('schedule.changed', { actor: 'demo', factor: 'token-card' });
  expect(words(taken, key, dates, taken, taken)).toEqual([
    'The demo set the last day of the paper card: 30 January 2024',
    'The demo took in 3 accounts',
  ]);
});

test('A-636 the end of a key is told as it was at that moment', () => {
  const dates = (sunsetAt: number) =>
    event('schedule.changed', {
      actor: 'cli:ann',
      factor: 'token-card',
      facts: { after: { zone: 'UTC', rules: [{ scope: { kind: 'all' }, sunsetAt }] } },
    });
  const shown = event('retirement.shown', { actor: 'unknown', factor: 'token-card', client: 'rp' });
  const { person: _nobody, ...unknown } = shown;
  expect(words(dates(2_000), shown, dates(1_000), unknown)).toEqual([
    'An administrator (ann) set the last day of the paper card: 30 January 2024',
    'An Peeters was told at My taxes that the paper card ends',
    'An administrator (ann) set the last day of the paper card: 30 January 2024',
    'Somebody was told at My taxes that the paper card has stopped working',
  ]);
});

test('A-636 after a fresh start the strip begins anew; technical lines are left to the command', () => {
  const removed = event('person.removed', { actor: 'demo', facts: { reason: afreshBecause } });
  expect(words(event('sign-in.completed'), removed, removed, event('password.proved'))).toEqual([
    'The demo started afresh: the accounts before this are gone',
  ]);
  expect(words(event('person.removed', { actor: 'cli:ann' }))).toEqual([]);
});

test('A-636 only actions of the log have words', () => {
  const made = ['key.replaced', 'people.imported', 'demo.started-afresh'];
  expect(saidActions.filter((action) => !made.includes(action) && !(action in auditActions))).toEqual([]);
});

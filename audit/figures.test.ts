import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../accounts/person.ts';
import { addedTo, dayReader, happenedIn, mostGroups, type Happened } from './figures.ts';
import type { Segment } from './hash-chain.ts';

const at = Date.parse('2024-01-30T22:59:59.999Z');
const reading = { dayOf: dayReader('Europe/Brussels'), isFallback: (factor: string) => factor === 'recovery-codes' };

function counted(event: Partial<AuditEvent>): readonly string[] {
  const line = {
    seq: 1,
    id: 'x',
    writtenAt: at,
    previous: '',
    hash: '',
    event: { at, actor: 'p1', person: 'p1', ...event },
  };
  const segment = { number: 7, lines: [line] } as unknown as Segment;
  return happenedIn(segment, reading).map(({ factor, outcome, to }) =>
    [factor, outcome, ...(to === null ? [] : [to])].join(' '),
  );
}

test.each<[string, Partial<AuditEvent>, readonly string[]]>([
  ['asked', { action: 'retirement.asked', factor: 'sms' }, ['sms asked']],
  [
    'put off for the first time',
    { action: 'retirement.postponed', factor: 'sms', facts: { times: 1 } },
    ['sms postponed', 'sms postponed-first'],
  ],
  ['put off again', { action: 'retirement.postponed', factor: 'sms', facts: { times: 2 } }, ['sms postponed']],
  [
    'moved, the old key gone',
    { action: 'key.on', factor: 'app', facts: { source: 'enrolled', held: ['sms'], replaces: 'k' } },
    ['app enrolled', 'sms moved app'],
  ],
  [
    'moved, from one that has recovery codes beside',
    { action: 'key.on', factor: 'app', facts: { source: 'issued', held: ['recovery-codes', 'sms'] } },
    ['app given', 'sms moved app'],
  ],
  [
    'a third kind',
    { action: 'key.on', factor: 'app', facts: { source: 'enrolled', held: ['card', 'sms'] } },
    ['app enrolled'],
  ],
  [
    'a second key of the kind',
    { action: 'key.on', factor: 'sms', facts: { source: 'enrolled', held: ['sms'] } },
    ['sms enrolled'],
  ],
  [
    'recovery codes are no place to move to',
    { action: 'key.on', factor: 'recovery-codes', facts: { source: 'enrolled', held: ['sms'] } },
    ['recovery-codes enrolled'],
  ],
  ['imported', { action: 'key.on', factor: 'app', facts: { source: 'imported', held: ['sms'] } }, ['app given']],
  ['replaced', { action: 'key.off', factor: 'sms', facts: { because: 'replaced' } }, ['sms replaced']],
  ['removed by the owner', { action: 'key.off', factor: 'sms', facts: { because: 'removed' } }, ['sms removed']],
  ['reset', { action: 'key.off', actor: 'cli:ann', factor: 'sms', facts: { because: 'removed' } }, ['sms reset']],
  [
    'handed out anew',
    { action: 'key.off', actor: 'cli:ann', factor: 'sms', facts: { because: 'reissued' } },
    ['sms reset'],
  ],
  ['deleted by its day', { action: 'keys.purged', actor: 'system', factor: 'sms' }, ['sms deleted']],
  ['extended', { action: 'extension.given', factor: 'sms' }, ['sms extended']],
  ['what is no figure', { action: 'key.proved', factor: 'sms' }, []],
  ['facts of another shape', { action: 'key.on', factor: 'app', facts: { held: 'sms', groups: 3 } }, ['app given']],
])('A-342 %s', (_, event, expected) => expect(counted(event)).toEqual(expected));

test('A-342 days are local ones, to the millisecond, over both nights on which clocks change', () => {
  const dayOf = dayReader('Europe/Brussels');
  const days = (iso: string) => [-1, 0, 1].map((step) => dayOf(Date.parse(iso) + step));
  expect(days('2024-01-30T23:00:00Z')).toEqual(['2024-01-30', '2024-01-31', '2024-01-31']);
  expect(days('2024-03-31T22:00:00Z')).toEqual(['2024-03-31', '2024-04-01', '2024-04-01']);
  expect(days('2024-10-27T23:00:00Z')).toEqual(['2024-10-27', '2024-10-28', '2024-10-28']);
  expect(dayReader('Asia/Kathmandu')(Date.parse('2024-01-30T18:14:59Z'))).toBe('2024-01-30');
  expect(dayReader('Asia/Kathmandu')(Date.parse('2024-01-30T18:15:00Z'))).toBe('2024-01-31');
});

test('A-342 a day does not grow with the number of groups: what comes beyond the bound is counted together, once for a person', () => {
  const one = (groups: readonly string[]): Happened => ({
    factor: 'sms',
    day: '2024-01-30',
    segment: 1,
    client: 'tax',
    groups,
    outcome: 'asked',
    to: null,
  });
  const many = Array.from({ length: mostGroups }, (_, index) => one([`group-${index}`]));
  const rows = addedTo([], [...many, one(['x', 'y', 'group-3']), one(['x'])]);
  const of = (group: string | null) => rows.find((row) => row.group === group)?.count;
  expect(rows).toHaveLength(mostGroups + 2);
  expect([of(null), of('group-3'), of('')]).toEqual([mostGroups + 2, 2, 2]);
});

/** What a deletion of keys changes for their owners: nothing beside what the day of deletion itself does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assert, constantFrom, property } from 'fast-check';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { withoutPurgedKeys } from '../../digital-keys/purge-keys.ts';
import { decisionRules } from '../../interactions/decision-rules.ts';
import { purgeRound } from '../../app/purge-round.ts';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { anyPerson } from '../../test/harness/any-person.ts';
import type { Services } from '../services.ts';
import { fatesOf } from './preflight.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
signIn: { secureAccount: true }
password: { minimumLength: 15 }
factors:
  token-card: { settings: { count: 8, warnAt: 2 } }
  email-otp: { recommended: true }
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: open, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], level: single }
`;
let admin: AdminServices;
let services: Services;
beforeAll(async () => {
  admin = await adminServices({ configuration, onStoreOfRun: true });
  services = await admin.open();
});
afterAll(() => admin.close());

test('A-391 who had a way in keeps it, and nobody gets one by it: also while the dates are lifted again', () => {
  const rules = decisionRules(services);
  const names = { sms: 'email-otp', app: 'authenticator-app', card: 'token-card' } as const;
  const dates = (after: 'refuse' | 're-enrol'): Schedules => ({
    'token-card': {
      factor: 'token-card',
      rules: [{ scope: { kind: 'all' }, sunsetAt: 90, purgeAt: 100 }],
      after,
      replacements: [],
      zone: 'UTC',
    },
  });
  const order = ['stranded', 'mustReplace', 'still', 'keep'];
  assert(
    property(anyPerson, constantFrom('refuse' as const, 're-enrol' as const), (made, after) => {
      const person = {
        ...made,
        keys: made.keys.map((key, at) => ({
          ...key,
          id: `${at}`,
          factor: names[key.factor as keyof typeof names],
          // A blocked key may be lifted: for the day of deletion it is gone all the same.
          status: key.status === 'blocked' ? ('active' as const) : key.status,
        })),
      };
      const gone = withoutPurgedKeys(person, dates(after), 100);
      if (!gone) return;
      const ask = { factor: 'token-card', at: 100 };
      expect(fatesOf(rules, dates(after), gone, ask)).toEqual(fatesOf(rules, dates(after), person, ask));
      const [with_, without] = [person, gone].map((one) => fatesOf(rules, {}, one, ask));
      for (const [at, fate] of (without ?? []).entries())
        expect(order.indexOf(fate)).toBeLessThanOrEqual(order.indexOf(with_?.[at] ?? 'stranded'));
    }),
    { numRuns: 500 },
  );
});

describe('A-395 on a terminal', () => {
  const key = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
  const schedule = (words: string) => admin.rekey(`factor schedule authenticator-app ${words}`);
  const says = 'The secrets of the keys of 2 people will be deleted';

  test('the dry run, the refusal and the command say whose keys go and when; afterwards that they are gone', async () => {
    const people = ['an', 'bart'].map((username) => ({
      username,
      email: `${username}@example.org`,
      emailVerified: true,
      keys: [key],
    }));
    await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
    const dates = '--zone Europe/Brussels --until-and-including 2023-12-09 --purge 2024-01-10';
    const at = 'from 2024-01-10 00:00 (Europe/Brussels), 2024-01-09T23:00:00.000Z on; this cannot be undone.';
    const refused = await schedule(dates);
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining(`${says} ${at}`)]);
    const accepted = ['--accept-stranded', '2', '--reason', 'x'];
    const words = ['factor', 'schedule', 'authenticator-app', ...dates.split(' '), ...accepted];
    for (const more of [['--dry-run'], []]) {
      const told = await admin.rekey([...words, ...more]);
      expect([told.exit, told.out]).toEqual([0, expect.stringContaining(`${says} ${at}`)]);
    }
    const own = await schedule('--client tax --purge 2024-01-05 --dry-run --accept-stranded 2 --reason x');
    expect(own.out).toContain('The day of deletion for sign-ins at tax only refuses there');
    // Moved later and back: nothing is gone.
    const moved = await admin.rekey([...words.slice(0, -6), '--purge', '2024-02-01', ...accepted, '--json']);
    expect(moved.json<{ deletions: object }>().deletions).toEqual({
      due: [{ at: '2024-01-31T23:00:00.000Z', people: 2 }],
      done: 0,
      refusedAt: [],
    });

    admin.clock.set(Date.parse('2024-01-31T23:00:00Z'));
    const timeline = async () => (await admin.rekey('factor timeline authenticator-app')).out;
    expect(await timeline()).toContain(`${says} within minutes; this cannot be undone.`);
    expect(await purgeRound(services)).toMatchObject({ accounts: 2, keys: 2 });
    const gone =
      'The keys of 2 people were deleted by an earlier day of deletion; no change of dates brings them back.';
    expect(await timeline()).toContain(gone);
    const restored = await admin.rekey('factor restore authenticator-app 1 --accept-stranded 0 --reason x');
    expect([restored.exit, restored.out]).toEqual([0, expect.stringContaining(gone)]);
    expect((await admin.rekey('factor unschedule authenticator-app')).out).toContain(gone);

    const shown = (await admin.rekey('person show an')).out;
    expect(shown).toContain('off since 2024-01-31T23:00:00.000Z (purged)');
    const explained = (await admin.rekey('explain an --client tax')).out;
    expect(explained).toContain(
      'its secret was deleted on 2024-01-31T23:00:00.000Z, since the day of deletion had come',
    );
    const listed = await admin.rekey('factor holders authenticator-app --json');
    expect(listed.out).not.toContain('"an"');
    expect((await admin.rekey('person export --clear-keys')).out).not.toContain(key.data.secret);
  });
});

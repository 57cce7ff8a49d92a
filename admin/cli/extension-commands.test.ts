/**
 * Last days that are not everybody's, as an administrator sets them: later within bounds, or earlier, for a person, a
 * group, a relying party.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  extensionDeployment,
  refusalCodes as codes,
  type ExtensionDeployment,
} from '../../test/harness/extension-deployment.ts';
import type { FactorListing } from '../use-cases/factor-list.ts';

let deployment: ExtensionDeployment;
let admin: ExtensionDeployment['admin'];
beforeEach(async () => {
  deployment = await extensionDeployment();
  ({ admin } = deployment);
});
afterEach(() => admin.close());

const extend: ExtensionDeployment['extend'] = (...given) => deployment.extend(...given);
const lift: ExtensionDeployment['lift'] = (...given) => deployment.lift(...given);
const schedule: ExtensionDeployment['schedule'] = (...given) => deployment.schedule(...given);
const trail: ExtensionDeployment['trail'] = (action) => deployment.trail(action);
const account = async (username: string) => (await admin.open()).people.findByUsername(username);
const until = Date.parse('2024-01-31T00:00:00+01:00');

describe('A-310 an extension for one person', () => {
  test('is stored with its reason, the mail names the person’s own last day, and the list has it', async () => {
    const told = await extend('an', '2024-01-30');
    expect([told.exit, told.json()]).toMatchObject([
      0,
      {
        username: 'an',
        written: true,
        before: { sunsetAt: '2023-12-09T23:00:00.000Z' },
        after: { sunsetAt: '2024-01-30T23:00:00.000Z' },
        says: 'authenticator-app signs an in until and including 30 January 2024 (the extension of this person; over from 2024-01-31 00:00 (Europe/Brussels), 2024-01-30T23:00:00.000Z).',
      },
    ]);
    expect((await account('an'))?.dates).toEqual({
      'authenticator-app': {
        extendedTo: until,
        extension: { at: admin.clock.now(), by: 'cli:ann', reason: 'abroad until January' },
      },
    });
    expect(await trail('extension.given')).toMatchObject([
      { actor: 'cli:ann', factor: 'authenticator-app', facts: { reason: 'abroad until January', before: null } },
    ]);
    const listed = (await admin.rekey('factor extensions authenticator-app --json')).json();
    expect(listed).toMatchObject([
      { for: 'person:an', kind: 'extension', lastDay: '2024-01-30', zone: 'Europe/Brussels', over: false },
    ]);
    expect(listed).toMatchObject([
      { by: 'cli:ann', givenAt: '2023-10-01T12:00:00.000Z', reason: 'abroad until January' },
    ]);
    expect((await admin.rekey('factor extensions')).out).toContain('cli:ann “abroad until January”');
    expect((await admin.rekey('factor list')).out).toContain('1 person has an extension');
    expect((await admin.rekey('factor extensions')).out).toContain('until and including 30 January 2024');
  });
  test('a dry run says the same and writes nothing', async () => {
    const dry = (await extend('an', '2024-01-30', '--dry-run')).json<{ says: string }>();
    expect(dry).toMatchObject({ written: false });
    expect(await account('an')).not.toHaveProperty('dates');
    expect(await trail('extension')).toEqual([]);
    expect((await extend('an', '2024-01-30')).json<{ says: string }>().says).toBe(dry.says);
  });
  test('is bounded in days, to the day', async () => {
    expect((await extend('an', '2024-02-07')).exit).toBe(0);
    expect(codes(await extend('bart', '2024-02-08'))).toEqual(['extension_too_long']);
  });
  test('is bounded in people; a person who has one already counts once', async () => {
    expect((await extend('an', '2024-01-30')).exit).toBe(0);
    expect((await extend('bart', '2024-01-30')).exit).toBe(0);
    expect(codes(await extend('carla', '2024-01-30'))).toEqual(['extension_too_many']);
    expect((await extend('an', '2024-01-31')).exit).toBe(0);
  });
  test('A-413 is bounded by those who held it when its last day was set, also when most have moved on', async () => {
    expect((await extend('an', '2024-01-30')).exit).toBe(0);
    for (const username of ['dirk', 'emma', 'frank', 'greet'])
      await admin.rekey(`person disable ${username} --reason left`);
    expect((await extend('bart', '2024-01-30')).exit).toBe(0);
    const told = await extend('carla', '2024-01-30');
    expect(codes(told)).toEqual(['extension_too_many']);
    expect(told.out).toContain('8 people have held such a key since its last day was set (4 still do)');
  });
  test('needs a reason, and a day that is to come', async () => {
    expect(codes(await extend('an', '2024-01-30', '--reason', '  '))).toEqual(['reason_missing']);
    expect(codes(await extend('an', '2024-01-30', '--reason', 'x'.repeat(501)))).toEqual(['reason_invalid']);
    admin.clock.set(Date.parse('2024-01-15T12:00:00Z'));
    expect(codes(await extend('an', '2024-01-14'))).toEqual(['extension_over']);
  });
  test('is removed; if that strands somebody, the number must be accepted', async () => {
    expect(codes(await lift('an'))).toEqual(['extension_missing']);
    await extend('an', '2024-01-30');
    expect((await lift('an')).exit).toBe(0);
    expect(await account('an')).not.toHaveProperty('dates');
    expect(await trail('extension.lifted')).toHaveLength(1);
    await extend('an', '2024-01-30');
    admin.clock.set(Date.parse('2023-12-20T12:00:00Z'));
    expect(codes(await lift('an'))).toEqual(['day_near']);
    await admin.rekey('factor schedule authenticator-app --after refuse --accept-stranded 7 --reason x');
    expect(codes(await lift('an'))).toEqual(['people_stranded']);
    expect(codes(await lift('an', '--dry-run'))).toEqual(['people_stranded']);
    expect((await lift('an', '--accept-stranded', '1', '--reason', 'came back')).exit).toBe(0);
  });
});

describe('A-311 an extension for a group or a relying party', () => {
  test('replaces everybody’s day, with a reason, within the bounds', async () => {
    expect(codes(await schedule('--group pilot --extend --until-and-including 2024-01-30'))).toEqual([
      'reason_missing',
    ]);
    const told = await schedule('--group pilot --extend --until-and-including 2024-01-30', '--reason', 'new laptops');
    expect([told.exit, told.json()]).toMatchObject([0, { written: true, preflight: { newlyStranded: 0 } }]);
    expect(await trail('schedule.changed')).toContainEqual(
      expect.objectContaining({ facts: expect.objectContaining({ reason: 'new laptops' }) }),
    );
    expect((await admin.rekey('factor extensions --json')).json()).toMatchObject([
      { for: 'group:pilot', lastDay: '2024-01-30' },
    ]);
    expect(codes(await schedule('--group pilot --extend --until-and-including 2024-02-08', '--reason', 'x'))).toEqual([
      'extension_too_long',
    ]);
    expect(codes(await schedule('--group staff --extend --until-and-including 2024-01-30', '--reason', 'x'))).toEqual([
      'extension_too_many',
    ]);
    expect((await schedule('--client bank --extend --until-and-including 2024-01-30', '--reason', 'x')).exit).toBe(0);
  });
  test('that would extend nothing is refused', async () => {
    expect(codes(await schedule('--group pilot --extend --until-and-including 2023-12-09', '--reason', 'x'))).toEqual([
      'rule_without_effect',
    ]);
  });
  test('its removal needs the brake', async () => {
    await admin.rekey('factor schedule authenticator-app --after refuse --accept-stranded 8 --reason x');
    await schedule('--group pilot --extend --until-and-including 2024-01-30', '--reason', 'new laptops');
    admin.clock.set(Date.parse('2023-12-20T12:00:00Z'));
    const unschedule = (...more: readonly string[]) =>
      admin.rekey([...'factor unschedule authenticator-app --group pilot --json'.split(' '), ...more]);
    expect(codes(await unschedule())).toEqual(['people_stranded']);
    expect((await unschedule('--accept-stranded', '1', '--reason', 'the laptops came')).exit).toBe(0);
  });
});

describe('A-312 an earlier day for one person', () => {
  test('is announced until it comes, counts from its midnight, and is removed', async () => {
    const told = await schedule('--person an --until-and-including 2023-11-08');
    expect([told.exit, told.json()]).toMatchObject([
      0,
      { written: true, after: { sunsetAt: '2023-11-08T23:00:00.000Z' }, preflight: { newlyStranded: 0 } },
    ]);
    expect((await account('an'))?.dates).toMatchObject({
      'authenticator-app': { announceAt: admin.clock.now(), sunsetAt: Date.parse('2023-11-08T23:00:00Z') },
    });
    expect(await trail('personal-day.set')).toMatchObject([{ facts: { before: null } }]);
    expect((await admin.rekey('factor extensions --json')).json()).toMatchObject([
      { for: 'person:an', kind: 'earlier' },
    ]);
    expect((await schedule('--person an --until-and-including none')).exit).toBe(0);
    expect(codes(await schedule('--person an --until-and-including none'))).toEqual(['schedule_missing']);
  });
  test('needs the brake: near, over, or without another key to sign in with', async () => {
    expect(codes(await schedule('--person an --until-and-including 2023-10-05'))).toEqual(['day_near']);
    expect(codes(await schedule('--person an --until-and-including 2023-09-05'))).toEqual(['day_near']);
    await admin.rekey('factor schedule authenticator-app --after refuse --accept-stranded 8 --reason x');
    const lost = '--person an --until-and-including 2023-09-30';
    expect(codes(await schedule(lost))).toEqual(['people_stranded']);
    expect((await schedule(lost, '--accept-stranded', '1', '--reason', 'lost batch of cards')).exit).toBe(0);
    expect(await trail('personal-day.set')).toMatchObject([
      { facts: { acceptedStranded: 1, reason: 'lost batch of cards' } },
    ]);
  });
});

describe('A-313 rules that would change nothing', () => {
  test('are refused, with the day that comes first', async () => {
    const told = await schedule('--client tax --until-and-including 2024-01-30');
    expect(told.json()).toEqual({
      refused: [
        {
          code: 'rule_without_effect',
          says: 'This would have no effect: everyone’s last day, 9 December 2023, comes first. With --extend it would take the place of that day.',
        },
      ],
    });
  });
  test('or reported, if a change of everybody’s day removes their effect', async () => {
    await schedule('--client tax --until-and-including 2023-11-30');
    const told = await schedule('--until-and-including 2023-11-20');
    expect(told.json<{ notes: string[] }>().notes).toEqual([
      'The day for sign-ins at tax has no effect any more: everyone’s last day, 20 November 2023, comes first.',
    ]);
    const [listed] = (await admin.rekey('factor list --json'))
      .json<FactorListing[]>()
      .filter(({ id }) => id === 'authenticator-app');
    expect(listed?.rules).toMatchObject([{ for: 'client:tax', hasEffect: false, extends: false }]);
    expect(listed?.says).toBe(
      'until and including 20 November 2023; over from 2023-11-21 00:00 (Europe/Brussels), 2023-11-20T23:00:00.000Z',
    );
    expect((await admin.rekey('factor list')).out).toContain('has no effect: everyone’s last day, 20 November 2023');
  });
});

test('A-334 the reason of an extension is stored with it until it is removed, for a group since it was given', async () => {
  await schedule('--group pilot --extend --until-and-including 2024-01-30', '--reason', 'new laptops');
  admin.clock.advance(60_000);
  await schedule('--postponements 3', '--reason', 'something else');
  const given = { for: 'group:pilot', by: 'cli:ann', givenAt: '2023-10-01T12:00:00.000Z', reason: 'new laptops' };
  expect((await admin.rekey('factor extensions --json')).json()).toMatchObject([given]);
  await extend('an', '2024-01-30');
  const earlier = '--person bart --until-and-including 2023-11-30';
  await schedule(earlier, '--reason', 'pilot');
  const own = { 'authenticator-app': { earlier: { by: 'cli:ann', reason: 'pilot' } } };
  expect((await account('bart'))?.dates).toMatchObject(own);
  expect((await admin.rekey('factor extensions --json')).json()).toMatchObject([
    given,
    { for: 'person:bart', kind: 'earlier', reason: 'pilot' },
    { for: 'person:an', kind: 'extension', reason: 'abroad until January' },
  ]);
  await lift('an');
  expect(await account('an')).not.toHaveProperty('dates');
});

test('A-335 an extension does not outlast the factors that could replace the key, unless another key stays', async () => {
  const end = 'factor schedule email-otp --until-and-including 2024-01-15 --zone Europe/Brussels';
  const dry = (await admin.rekey(`${end} --json`)).json<{ preflight: { newlyStranded: number } }>();
  const accept = `--accept-stranded ${dry.preflight.newlyStranded} --reason x`;
  expect((await admin.rekey(`${end} ${accept}`)).exit).toBe(0);
  expect(codes(await extend('an', '2024-01-15'))).toEqual(['extension_outlives_replacement']);
  expect(codes(await extend('an', '2024-01-30'))).toEqual(['extension_outlives_replacement']);
  expect(await account('an')).not.toHaveProperty('dates');
  expect((await extend('an', '2024-01-14')).exit).toBe(0);
  expect((await admin.rekey('card issue bart --output bart.pdf')).exit).toBe(0);
  expect((await extend('bart', '2024-01-30')).exit).toBe(0);
});

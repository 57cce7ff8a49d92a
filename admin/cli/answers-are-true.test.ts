/** What the commands say of a change is what happened, or why it did not. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';

let admin: AdminServices;
beforeEach(async () => {
  admin = await adminServices();
  const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
  const an = { username: 'an', language: 'en', groups: ['staff'], keys: [app] };
  await admin.rekey('person import -', JSON.stringify(an));
});
afterEach(() => admin.close());

const ends = 'factor schedule authenticator-app --zone UTC --after refuse --accept-stranded 1 --reason x';
const told = async (words: string) => {
  const { exit, out, err } = await admin.rekey(words);
  return { exit, text: out + err };
};

describe('A-732 a day that has no effect is told with the truth', () => {
  beforeEach(() => admin.rekey(`${ends} --until-and-including 2023-12-09`));
  test.each([
    ['person extend an --factor authenticator-app --reason x', '2023-12-01', 'is later already'],
    ['person extend an --factor authenticator-app --reason x', '2023-12-09', 'is the same day'],
    ['factor schedule authenticator-app --group staff --extend --reason x', '2023-12-01', 'is later already'],
    ['factor schedule authenticator-app --person an --reason x', '2023-12-20', 'comes first'],
    ['factor schedule authenticator-app --client tax', '2023-12-20', 'comes first'],
  ])('%s %s', async (command, day, how) => {
    const { exit, text } = await told(`${command} --until-and-including ${day}`);
    expect([exit, text]).toEqual([
      1,
      expect.stringContaining(`This would have no effect: everyone’s last day, 9 December 2023, ${how}.`),
    ]);
  });
});

test('A-732 a change after which the dates are as before is not said to be written, and starts no mail again', async () => {
  const same = `${ends} --until-and-including 2023-12-09`;
  await admin.rekey(same);
  for (const run of ['', ' --dry-run', ' --send-now']) {
    const { exit, text } = await told(same + run);
    expect([exit, text]).toEqual([0, expect.stringContaining('The dates are so already. Nothing was written')]);
  }
  expect((await admin.rekey(`${same} --json`)).json()).toMatchObject({ written: false, changed: false, state: 1 });
  expect((await admin.rekey('factor history authenticator-app')).out).toContain('1 state of its dates');
});

test('A-732 a circle of replacements is told once, from the factor that is asked about', async () => {
  await admin.rekey(`${ends} --until-and-including 2024-12-09 --replacement email-otp`);
  const { text } = await told(
    'factor schedule email-otp --zone UTC --until-and-including 2025-01-31 --replacement authenticator-app',
  );
  expect(text.match(/circle: .*/g)).toEqual(['circle: email-otp → authenticator-app → email-otp.']);
});

test.each([
  'factor unschedule authenticator-app',
  'factor holders authenticator-app',
  'factor progress authenticator-app',
])('A-732 an unknown group or relying party is told with the one that was perhaps meant: %s', async (command) => {
  await admin.rekey(`${ends} --until-and-including 2023-12-09`);
  expect((await told(`${command} --group stff`)).text).toContain('Nobody is of a group stff. Did you mean staff?');
  expect((await told(`${command} --client tac`)).text).toContain('There is no relying party tac. Did you mean tax?');
});

test('A-732 `none` stands alone, for groups and for replacements', async () => {
  for (const command of [
    'person set an --group none --group pilot',
    'factor schedule authenticator-app --zone UTC --replacement none --replacement email-otp',
  ]) {
    const { exit, text } = await told(command);
    expect([exit, text]).toEqual([2, expect.stringContaining('none stands alone')]);
  }
  expect((await admin.rekey('person show an --json')).json()).toMatchObject({ groups: ['staff'] });
});

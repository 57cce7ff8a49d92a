/** Refused last days that are not everybody's: a refusal changes nothing, so all tests share one deployment. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  extensionDeployment,
  refusalCodes as codes,
  type ExtensionDeployment,
} from '../../test/harness/extension-deployment.ts';

let deployment: ExtensionDeployment;
beforeAll(async () => {
  deployment = await extensionDeployment();
});
afterAll(() => deployment.admin.close());

const { extend, schedule, trail } = {
  extend: (who: string, day: string) => deployment.extend(who, day),
  schedule: (words: string) => deployment.schedule(words),
  trail: (action: string) => deployment.trail(action),
};

describe('A-310 an extension for one person', () => {
  test.each([
    ['nobody', '2024-01-30', 'factor_not_held'],
    ['off', '2024-01-30', 'person_disabled'],
    ['zoe', '2024-01-30', 'person_unknown'],
    ['an', '2023-12-09', 'rule_without_effect'],
    ['an', '2023-11-09', 'rule_without_effect'],
    ['an', '2024-02-30', 'day_invalid'],
    ['an', '9999-12-31', 'day_invalid'],
    ['an', 'soon', 'day_invalid'],
  ])('%s until %s is refused: %s', async (who, day, code) => {
    const told = await extend(who, day);
    expect([told.exit, codes(told)]).toEqual([1, [code]]);
    expect(await trail('extension')).toEqual([]);
  });
});

describe('A-311 an extension for a group or a relying party', () => {
  test.each([
    '--extend --until-and-including 2024-01-30',
    '--group pilot --extend',
    '--group pilot --extend --until-and-including none',
    '--group pilot --extend --until-and-including 2024-01-30 --purge 2024-03-01',
    '--person an --extend --until-and-including 2024-01-30',
    '--person an --group pilot --until-and-including 2023-11-01',
    '--person an',
  ])('%s is a mistake in the words', async (words) => expect((await schedule(words)).exit).toBe(2));
});

describe('A-312 an earlier day for one person', () => {
  test.each([
    ['--person an --until-and-including 2023-12-09', 'rule_without_effect'],
    ['--person an --until-and-including 2023-12-10', 'rule_without_effect'],
    ['--person an --until-and-including 2023-11-08 --announce 2023-11-10', 'dates_out_of_order'],
    ['--person an --until-and-including 2023-11-31', 'day_invalid'],
    ['--person nobody --until-and-including 2023-11-08', 'factor_not_held'],
    ['--person off --until-and-including 2023-11-08', 'person_disabled'],
  ])('%s is refused: %s', async (words, code) => expect(codes(await schedule(words))).toEqual([code]));
});

describe('A-313 rules that would change nothing', () => {
  test.each([
    ['--group stuff --until-and-including 2023-11-08', 'group_unknown', 'Did you mean staff?'],
    ['--group zzzzzz --until-and-including 2023-11-08', 'group_unknown', 'Nobody is of a group zzzzzz.'],
    ['--client txa --until-and-including 2023-11-08', 'client_unknown', 'Did you mean tax?'],
  ])('%s: %s', async (words, code, says) => {
    const told = await schedule(words);
    expect([codes(told), told.out]).toEqual([[code], expect.stringContaining(says)]);
  });
});

test('after all of them the dates are as they were', async () => {
  expect(await trail('schedule.changed')).toHaveLength(1);
  expect(await trail('personal-day')).toEqual([]);
});

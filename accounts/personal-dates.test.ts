import { describe, expect, test } from '@jest/globals';
import { personOfShape } from './shape.ts';
import { personalEndKeys, personalEndOf, withPersonalDates } from './personal-dates.ts';

const person = personOfShape('{"disabled":0,"password":1,"mail":"none","keys":[],"groups":[],"dates":[]}');

describe('dates of one account', () => {
  test('are set and removed for one factor; an account without any has no such field', () => {
    const sms = withPersonalDates(person, 'sms', { extendedTo: 5 });
    const both = withPersonalDates(sms, 'card', { announceAt: 1, sunsetAt: 2 });
    expect(both.dates).toEqual({ sms: { extendedTo: 5 }, card: { announceAt: 1, sunsetAt: 2 } });
    expect(withPersonalDates(both, 'card', {})).toEqual(sms);
    expect(withPersonalDates(sms, 'sms', {})).toEqual(person);
  });
  test('are found by their last days', () => {
    const own = withPersonalDates(person, 'sms', { extendedTo: 5, announceAt: 1, sunsetAt: 3 });
    expect(personalEndKeys(own).map(personalEndOf)).toEqual([
      { factor: 'sms', name: 'extendedTo', instant: 5 },
      { factor: 'sms', name: 'sunsetAt', instant: 3 },
    ]);
    expect(personalEndKeys(person)).toEqual([]);
  });
});

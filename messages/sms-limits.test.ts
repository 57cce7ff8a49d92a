import { afterEach, describe, expect, test } from '@jest/globals';
import { movableClock } from '../time/clock.ts';
import type { RiskCheck, RiskQuestion } from '../adapters/risk/port.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { AuditEvent } from '../accounts/person.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createQuotaStore, quotaDocuments } from './quota-store.ts';
import { createSmsLimits, type SmsLimitSettings } from './sms-limits.ts';

const noon = Date.UTC(2024, 0, 28, 12, 30);
const limits: SmsLimitSettings = {
  countries: ['BE', 'NL'],
  perNumber: { hour: 5, day: 10 },
  perBlock: { digits: 4, hour: 50 },
  perCountry: { hour: 200 },
  perNetwork: { hour: 20 },
  money: { perMessage: 0.1, byCountry: { NL: 0.2 }, hour: 1_000, day: 1_000, month: 1_000, alarmAt: 0.8 },
};

let store: TemporaryStore | undefined;
afterEach(async () => {
  await store?.close();
  store = undefined;
});

async function open(over: Partial<SmsLimitSettings> = {}, riskCheck?: RiskCheck) {
  const clock = movableClock(noon);
  store = await temporaryStore(clock);
  const events: AuditEvent[] = [];
  const alarms: object[] = [];
  const smsLimits = createSmsLimits({
    quotas: createQuotaStore(store.storage),
    secretBox: createSecretBox(new Uint8Array(32).fill(7)),
    limits: { ...limits, ...over },
    ...(riskCheck === undefined ? {} : { riskCheck }),
    note: (event) => void events.push(event),
    alarm: (event, facts) => void alarms.push({ event, ...facts }),
  });
  const may = (to: string, person = 'p-jan', from?: string) =>
    smsLimits.may({ to, source: 'sms', template: 'code' }, person, clock.now(), from);
  return { clock, may, events, alarms };
}
const numbered = (at: number, block = '4701') => `+32${block}${String(at).padStart(5, '0')}`;

test('a message to a country that is not permitted is always refused', async () => {
  const { may, events } = await open();
  expect(await may('+33612345678')).toEqual({ ok: false, reason: 'number_refused' });
  expect(events).toMatchObject([{ action: 'message.stopped', reason: 'number_refused', facts: { why: 'country' } }]);
});

test('B2 many accounts to one number: five an hour and ten a day, for all people together', async () => {
  const { clock, may } = await open();
  const ask = async (times: number) => {
    let allowed = 0;
    for (let at = 0; at < times; at += 1) if ((await may('+32470123456', `p-${at}`)).ok) allowed += 1;
    return allowed;
  };
  expect(await ask(50)).toBe(5);
  expect(await may('+32470123456', 'p-new')).toMatchObject({
    reason: 'sending_paused',
    until: Date.UTC(2024, 0, 28, 13),
  });
  expect(await may('+32470123457')).toMatchObject({ ok: true });
  clock.set(Date.UTC(2024, 0, 28, 13));
  expect(await ask(50)).toBe(5);
  clock.set(Date.UTC(2024, 0, 28, 14));
  expect(await ask(50)).toBe(0);
  clock.set(Date.UTC(2024, 0, 29));
  expect(await ask(50)).toBe(5);
});

test('A-024 many accounts from one network: twenty an hour, one event without an address; from elsewhere they go on', async () => {
  const { clock, may, events } = await open();
  const ask = async (from: string, times: number) => {
    let allowed = 0;
    for (let at = 0; at < times; at += 1)
      if ((await may(numbered(at, `4${70 + (at % 10)}1`), `p-${at}`, from)).ok) allowed += 1;
    return allowed;
  };
  expect(await ask('network-a', 30)).toBe(20);
  expect(await may(numbered(900), 'p-900', 'network-a')).toMatchObject({ ok: false, reason: 'messages_paused' });
  expect(await ask('network-b', 5)).toBe(5);
  // The address of a proxy that the configuration does not name: it stands for everybody.
  expect(await ask('here', 25)).toBe(25);
  expect(events.filter(({ action }) => action === 'messages.capped')).toMatchObject([
    { facts: { what: 'network', where: 'network-a', window: 'hour', most: 20 } },
  ]);
  clock.advance(3_600_000);
  expect(await ask('network-a', 30)).toBe(20);
});

test('B12-08 a thousand numbers of one prefix: 50, one alarm, one event, and the country goes on', async () => {
  const { may, alarms, events } = await open();
  const outcomes: Awaited<ReturnType<typeof may>>[] = [];
  for (let at = 0; at < 1_000; at += 10)
    outcomes.push(...(await Promise.all(Array.from({ length: 10 }, (_, one) => may(numbered(at + one), `p-${at}`)))));
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(50);
  expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ reason: 'messages_paused', until: Date.UTC(2024, 0, 28, 13) });
  const capped = { what: 'block', where: '+324701', window: 'hour', most: 50 };
  expect(alarms).toEqual([{ event: 'sms.capped', ...capped, country: 'BE', factor: 'sms' }]);
  expect(events.filter(({ action }) => action === 'messages.capped')).toMatchObject([{ facts: capped }]);
  expect(await may(numbered(1, '4702'))).toMatchObject({ ok: true });
});

test('B12-08 numbers spread over a country: 200 an hour', async () => {
  const { may, alarms } = await open();
  let allowed = 0;
  for (let at = 0; at < 300; at += 1) if ((await may(numbered(at, String(4_700 + (at % 30))))).ok) allowed += 1;
  expect(allowed).toBe(200);
  expect(alarms).toMatchObject([{ event: 'sms.capped', what: 'country', where: 'BE' }]);
});

describe('the money', () => {
  const money = { ...limits.money, hour: 1, day: 1.5, month: 2 };

  test('is bounded by hour, day and month; an alarm is raised at 80 % and when it is spent', async () => {
    const { clock, may, alarms, events } = await open({ money });
    let sent = 0;
    const ask = async () => {
      for (let at = 0; at < 20; at += 1) if ((await may(numbered((clock.now() % 90_000) + at))).ok) sent += 1;
      return sent;
    };
    expect(await ask()).toBe(10);
    clock.advance(3_600_000);
    expect(await ask()).toBe(15);
    clock.advance(24 * 3_600_000);
    expect(await ask()).toBe(20);
    clock.advance(24 * 3_600_000);
    expect(await ask()).toBe(20);
    clock.set(Date.UTC(2024, 1, 1));
    expect(await ask()).toBe(30);
    expect(alarms.map((alarm) => Object.values(alarm).slice(0, 4).join(' '))).toEqual([
      'sms.nearly-capped money hour 1',
      'sms.capped money everywhere hour',
      'sms.nearly-capped money day 1.5',
      'sms.capped money everywhere day',
      'sms.nearly-capped money month 2',
      'sms.capped money everywhere month',
      'sms.nearly-capped money hour 1',
      'sms.capped money everywhere hour',
    ]);
    expect(events.filter(({ action }) => action.startsWith('messages.'))).toHaveLength(alarms.length);
  });

  test('the price of a country counts', async () => {
    const { may } = await open({ money });
    for (let at = 0; at < 5; at += 1) expect(await may(`+3161234567${at}`)).toMatchObject({ ok: true });
    expect(await may('+31612345679')).toEqual({
      ok: false,
      reason: 'messages_paused',
      until: Date.UTC(2024, 0, 28, 13),
    });
  });
});

describe('A-027 the operator’s own check', () => {
  test('gets the facts it needs; its refusal counts, and costs nothing', async () => {
    const asked: RiskQuestion[] = [];
    const swapped = '+32470000001';
    const money = { ...limits.money, hour: 0.1 };
    const { may, events } = await open({ money }, async (question) => {
      asked.push(question);
      return question.number === swapped ? 'deny' : 'allow';
    });
    expect(await may(swapped)).toEqual({ ok: false, reason: 'number_refused' });
    expect(events).toMatchObject([
      { action: 'message.stopped', person: 'p-jan', facts: { why: 'risk', country: 'BE' } },
    ]);
    expect(await may('+32470000002')).toMatchObject({ ok: true });
    expect(asked[0]).toEqual({ number: swapped, country: 'BE', person: 'p-jan', purpose: 'sms code' });
  });

  test('is not called for a message that is refused anyway', async () => {
    let asked = 0;
    const { may } = await open({ perNumber: { hour: 1, day: 1 } }, async () => {
      asked += 1;
      return 'allow';
    });
    await may('+32470000001');
    await may('+32470000001');
    await may('+33612345678');
    expect(asked).toBe(1);
  });
});

test('privacy: neither the store nor audit nor alarms hold a number', async () => {
  const { may, events, alarms } = await open({ perBlock: { digits: 4, hour: 1 } });
  await may('+32470123456');
  await may('+32470123456');
  const again = await store?.again();
  const { items = [] } = (await again?.collection(quotaDocuments).page({ limit: 100 })) ?? {};
  expect(items.map(({ id }) => id.split(' ')[0]).join(' ')).toBe('block country money number');
  expect(JSON.stringify([items, events, alarms])).not.toMatch(/0123456|470123/);
});

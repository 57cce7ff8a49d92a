/**
 * What holds for every factor, whichever it is: run over the registry by `factors/contract.test.ts`, with each factor's own simulator as the person.
 * States travel as they do in the product: through JSON and the factor's own schemas, and frozen, so that a function that mutates them fails.
 */
import { describe, expect, test } from '@jest/globals';
import { isFurtherStage } from '../../factors/contract.ts';
import type { Assurance, Begun, Factor, Input, Language, Outcome, PersonFacts, Shows } from '../../factors/contract.ts';
import type { Device, Simulator } from '../../factors/kit/simulator.ts';
import { languages, placeholders } from '../../factors/validate-folder.ts';
import { factorReasons } from '../../factors/reasons.ts';
import { factorTools, jan, marie } from '../harness/factor-tools.ts';
import { brokenCopies, deepFreeze, stringsIn, without } from '../harness/json-shapes.ts';

/** RFC 8176 §2. */
const registeredAmr = 'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia'.split(
  ' ',
);
/** What every no of a factor looks like. */
const listedRefusal = {
  ok: false,
  reason: expect.stringMatching(new RegExp(`^(${factorReasons.join('|')})$`)) as unknown,
};
const strengths = ['low', 'substantial', 'high'] as const;
const start = Date.UTC(2024, 0, 30, 22, 59);
/** Long enough for a new code of any kind, short enough for none to expire. */
const step = 60_000;

/** Inputs that are no answer to anything. */
const nonsense: readonly Input[] = [
  {},
  { code: '' },
  { code: ' ' },
  { code: 'abcdef' },
  { code: '9'.repeat(1024) },
  { code: '\u0661\u0662\u0663\u0664\u0665\u0666' },
  { code: '123456\u0000' },
  { password: '123456' },
  JSON.parse('{"__proto__":"123456","constructor":"123456"}'),
];

export interface FactorServices {
  /** The factor's own English texts, keys as in its locales: the messages it sends must be among them. */
  readonly texts: Readonly<Record<string, string>>;
  /** A page with the factor's view in it. */
  readonly draw: (
    page: 'prove-key' | 'activate-key',
    language: Language,
    shows: Shows,
    detail: string,
    stage?: string,
  ) => string;
}

export function factorContract(factor: Factor, simulator: Simulator, services: FactorServices): void {
  for (const [index, given] of simulator.settings.entries()) {
    const settings: unknown = factor.settings.parse(given);
    const suite = createSuite(factor, simulator, settings);
    describe(`${factor.id}, settings ${index + 1} ${JSON.stringify(given)}`, () => {
      honestPath(suite, services);
    });
    describe(`${factor.id}, settings ${index + 1}: attacks`, () => {
      attacks(suite);
    });
  }
  describe(`${factor.id}: settings and older states`, () => {
    settingsAndVersions(factor, simulator);
  });
}

/** Through JSON and the factor's own schema, as it comes back from storage. */
const reread = <T>(schema: { parse(value: unknown): T }, state: unknown): T => {
  const again = schema.parse(JSON.parse(JSON.stringify(state)));
  expect(again).toEqual(state);
  return deepFreeze(again);
};
const valueOf = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`);
  return outcome.value;
};

/** What the factor's own schema still takes of a state that was tampered with. */
const readableBrokenCopies = (schema: Factor['states']['secret'], state: unknown): readonly unknown[] =>
  brokenCopies(state).flatMap((broken) => {
    const read = schema.safeParse(broken);
    return read.success ? [read.data] : [];
  });

type Suite = ReturnType<typeof createSuite>;

interface Held {
  readonly secret: unknown;
  readonly device: Device;
  /** The last stage of the enrolment. */
  readonly begun?: Begun<unknown>;
  readonly stages?: readonly Begun<unknown>[];
}

const mostStages = 4;

function createSuite(factor: Factor, simulator: Simulator, settings: unknown) {
  const { states } = factor;
  const logged: string[] = [];
  const tools = (now: number) => factorTools(settings, now, logged);
  /** A key in the hands of a person, by whichever way this factor has. */
  async function hold(person: PersonFacts, now: number): Promise<Held> {
    const device = simulator.createDevice();
    if (!factor.traits.selfService) {
      if (!factor.issue) throw new Error('can neither be enrolled nor issued');
      const issued = await factor.issue.make(tools(now), person);
      device.take(issued.clear);
      return { secret: reread(states.secret, issued.secret), device };
    }
    const stages: Begun<unknown>[] = [valueOf(await factor.begin(tools(now), person, {}))];
    for (;;) {
      const begun = stages.at(-1);
      if (!begun || stages.length > mostStages) throw new Error('the enrolment has no end');
      const pending = reread(states.pending, begun.pending);
      const value = valueOf(await factor.confirm(tools(now), pending, device.confirm(begun, now)));
      if (!isFurtherStage(value)) return { secret: reread(states.secret, value.secret), device, begun, stages };
      stages.push(value);
    }
  }
  async function ask(secret: unknown, now: number) {
    const challenged = valueOf(await factor.challenge(tools(now), secret));
    return { ...challenged, challenge: reread(states.challenge, challenged.challenge) };
  }
  const verify = (secret: unknown, challenge: unknown, input: Input, now: number) =>
    factor.verify(tools(now), secret, challenge, deepFreeze(input));
  return { factor, simulator, settings, tools, logged, hold, ask, verify };
}

function honestPath(suite: Suite, { texts, draw }: FactorServices): void {
  const { factor, simulator, settings, tools, logged, hold, ask, verify } = suite;

  test('signs in again and again, and says what each proof is worth', async () => {
    const held = await hold(jan, start);
    let secret = held.secret;
    for (let now = start + step; now <= start + 3 * step; now += step) {
      expect(factor.health(secret, now, settings)).toEqual({ kind: 'healthy' });
      const asked = await ask(secret, now);
      if (asked.expiresAt !== undefined) expect(asked.expiresAt).toBeGreaterThan(now);
      const proved = valueOf(await verify(secret, asked.challenge, held.device.answer(asked, now), now));
      expect(proved.secret).not.toEqual(secret);
      expectAssurance(factor, factor.assure(deepFreeze(proved.facts), settings), settings);
      secret = reread(factor.states.secret, proved.secret);
    }
  });

  test('what pages, audit and logs are given holds no secret', async () => {
    const { secret, device, begun } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    const answer = device.answer(asked, start + step);
    const proved = valueOf(await verify(secret, asked.challenge, answer, start + step));
    const sentCodes = [...(begun?.messages ?? []), ...(asked.messages ?? [])].map(({ data }) => String(data['code']));
    const closed = stringsIn(without([secret, asked.challenge, proved.secret], simulator.open));
    const secrets = [...closed, ...Object.values(answer), ...sentCodes].filter((text) => text.length >= 5);
    const seen = JSON.stringify([factor.describe(secret), factor.describe(proved.secret), asked.shows, logged]);
    for (const each of secrets) expect(seen).not.toContain(each);
    if (!simulator.showsSecretAtEnrolment)
      for (const each of secrets) expect(JSON.stringify(begun?.shows ?? {})).not.toContain(each);
    const states = JSON.stringify([secret, asked.challenge, proved.secret]);
    for (const code of sentCodes) expect(states).not.toContain(code);
  });

  test('sends on its own channel only, with texts that it has and values for all that they name', async () => {
    const { secret, begun, stages = [] } = await hold(jan, start);
    // An address is typed before anything is sent to it, and a stage that sends says so with its own words.
    for (const { stage } of stages) if (stage !== undefined) expect(texts[`enrol.${stage}.title`]).toBeTruthy();
    const asked = await ask(secret, start + step);
    const messages = [...(begun?.messages ?? []), ...(asked.messages ?? [])];
    expect(messages.length > 0).toBe(factor.traits.sends !== undefined);
    for (const { channel, template, data, expiresAt } of messages) {
      expect(channel).toBe(factor.traits.sends);
      expect(expiresAt).toBeGreaterThan(start);
      const parts = channel === 'email' ? ['subject', 'text'] : ['text'];
      const named = parts.flatMap((part) => placeholders(texts[`message.${template}.${part}`] ?? '{missing}') ?? []);
      // What the house adds: its own name, the moment that `at` is, the name of the key that `factor` is.
      const given = new Set([...Object.keys(data), 'product', ...('at' in data ? ['when'] : [])]);
      expect([...named].filter((name) => !given.has(name))).toEqual([]);
      if ('code' in data) expect(texts[`message.${template}.text`]).toMatch(/^\{code\}/);
    }
  });

  test.each(languages)('draws its pages in %s, and no more of the secret than it must', async (language) => {
    const { secret, begun, stages = [] } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    const { detail } = factor.describe(secret);
    const proving = draw('prove-key', language, asked.shows, detail);
    const enrolling = (begun ? stages : [undefined]).map((one) =>
      draw('activate-key', language, one?.shows ?? {}, detail, one?.stage),
    );
    const [field = 'code'] = Object.keys(factor.traits.longFields ?? {});
    expect(proving).toContain(`name="${field}"`);
    for (const page of [proving, ...enrolling]) expect(page).not.toMatch(/<script|\sstyle=|undefined|\[object/);
    for (const each of stringsIn(without([secret, asked.challenge], simulator.open)).filter((text) => text.length >= 5))
      expect(proving).not.toContain(each);
  });

  const { onMailbox } = factor;
  if (onMailbox)
    test('goes with the account to another mailbox, and sends there alone', async () => {
      const { secret } = await hold(jan, start);
      const moved = reread(factor.states.secret, onMailbox.move(deepFreeze(secret), 'moved@example.net'));
      const { messages = [] } = await ask(moved, start + step);
      expect(messages.map(({ to }) => to)).toEqual(['moved@example.net']);
    });

  const { transfer } = factor;
  if (!transfer) return;
  test('can be moved to another installation and answers there', async () => {
    const { secret, device } = await hold(jan, start);
    const dumped: unknown = JSON.parse(JSON.stringify(transfer.dump(secret)));
    const moved = reread(factor.states.secret, valueOf(await transfer.load(tools(start), deepFreeze(dumped))));
    const asked = await ask(moved, start + step);
    const answered = await verify(moved, asked.challenge, device.answer(asked, start + step), start + step);
    expect(answered).toMatchObject({ ok: true });
    for (const data of [undefined, null, 'x', [], {}, { ...(dumped as object), 'no such field': 1 }])
      expect(await transfer.load(tools(start), data)).toEqual(listedRefusal);
  });
}

function attacks({ factor, hold, ask, verify, tools }: Suite): void {
  test('a wrong answer is refused, and the right one counts after it', async () => {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    for (const wrong of [device.wrongAnswer(asked, start + step), ...nonsense])
      expect(await verify(secret, asked.challenge, wrong, start + step)).toEqual(listedRefusal);
    const right = await verify(secret, asked.challenge, device.answer(asked, start + step), start + step);
    expect(right).toMatchObject({ ok: true });
  });

  test('enrolling is refused for nonsense, and for whoever may not do it', async () => {
    if (!factor.traits.selfService) {
      expect(await factor.begin(tools(start), jan, {})).toEqual(listedRefusal);
      return;
    }
    const { stages = [] } = await hold(jan, start);
    for (const begun of stages) {
      expect(begun.expiresAt).toBeGreaterThan(start);
      const pending = reread(factor.states.pending, begun.pending);
      for (const input of nonsense)
        expect(await factor.confirm(tools(start), pending, input)).toMatchObject(listedRefusal);
    }
  });

  test('sending anew at a later stage kills the code before, and the new one ends the enrolment', async () => {
    const { stages = [], device } = await hold(jan, start);
    const [first, later] = [stages[0], stages.at(-1)];
    if (!factor.again || !first || !later || first === later) return;
    const anew = valueOf(await factor.again(tools(start + 1), reread(factor.states.pending, later.pending)));
    const pending = reread(factor.states.pending, anew.pending);
    const [before, now] = [device.confirm(later, start), device.confirm(anew, start + 1)];
    if (JSON.stringify(before) !== JSON.stringify(now))
      expect(await factor.confirm(tools(start + 1), pending, before)).toMatchObject(listedRefusal);
    expect(await factor.confirm(tools(start + 1), pending, now)).toMatchObject({ ok: true });
  });

  test('the same answer does not count twice', async () => {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    const answer = device.answer(asked, start + step);
    const { secret: next } = valueOf(await verify(secret, asked.challenge, answer, start + step));
    expect(await verify(deepFreeze(next), asked.challenge, answer, start + step)).toEqual(listedRefusal);
    expect(await verify(deepFreeze(next), asked.challenge, answer, start + step + 1000)).toEqual(listedRefusal);
  });

  test('of 16 parallel answers one is first, and all give the same next state', async () => {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    const answer = device.answer(asked, start + step);
    const all = await Promise.all(
      Array.from({ length: 16 }, () => verify(secret, asked.challenge, answer, start + step)),
    );
    const states = new Set(all.map((outcome) => JSON.stringify(valueOf(outcome).secret)));
    expect(states.size).toBe(1);
    expect(states.has(JSON.stringify(secret))).toBe(false);
  });

  test('what one person was asked and knows is useless for another', async () => {
    const now = start + step;
    const one = await hold(jan, start);
    const other = await hold(marie, start);
    const asked = await ask(one.secret, now);
    const otherAsked = await ask(other.secret, now);
    const answer = one.device.answer(asked, now);
    expect(await verify(other.secret, asked.challenge, answer, now)).toEqual(listedRefusal);
    expect(await verify(other.secret, otherAsked.challenge, answer, now)).toEqual(listedRefusal);
  });

  test('broken states are refused, and never thrown out as success', async () => {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    const answer = device.answer(asked, start + step);
    const outcomes = await Promise.all([
      ...readableBrokenCopies(factor.states.challenge, asked.challenge).map((broken) =>
        verify(secret, broken, answer, start + step),
      ),
      ...readableBrokenCopies(factor.states.secret, secret).map((broken) =>
        verify(broken, asked.challenge, answer, start + step),
      ),
    ]);
    expect(outcomes).toEqual(outcomes.map(() => listedRefusal));
  });
}

function settingsAndVersions(factor: Factor, simulator: Simulator): void {
  test('settings: unknown keys and foreign forms are refused', () => {
    for (const given of simulator.settings)
      expect(factor.settings.safeParse({ ...given, 'no such setting': 1 }).success).toBe(false);
    for (const foreign of [null, 'x', 1, []]) expect(factor.settings.safeParse(foreign).success).toBe(false);
  });

  test('states of an unknown version are refused, earlier ones are brought up to date', () => {
    for (const schema of Object.values(factor.states))
      for (const state of [{ version: 99 }, {}, null, 'x', []]) expect(schema.safeParse(state).success).toBe(false);
    for (const { from, to } of simulator.olderSecrets) {
      expect(factor.states.secret.parse(deepFreeze(from))).toEqual(to);
      expect(factor.states.secret.parse(to)).toEqual(to);
    }
  });

  test('strength is one of the three, and the registry has frozen the record', () => {
    for (const given of simulator.settings) expect(strengths).toContain(factor.strength(factor.settings.parse(given)));
    expect(Object.isFrozen(factor)).toBe(true);
  });
}

function expectAssurance(factor: Factor, assurance: Assurance, settings: unknown): void {
  expect(assurance.amr).not.toEqual([]);
  expect(registeredAmr).toEqual(expect.arrayContaining([...assurance.amr]));
  expect(strengths.indexOf(assurance.strength)).toBeLessThanOrEqual(strengths.indexOf(factor.strength(settings)));
}

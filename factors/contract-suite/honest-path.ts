/** What a person and an administrator see when all goes well. */
import { isDeepStrictEqual } from 'node:util';
import { proofTraits } from '../contract.ts';
import { languages, placeholders } from '../validate-folder.ts';
import { deepFreeze, stringsIn, without } from './json-shapes.ts';
import {
  ContractBroken,
  must,
  mustRefuse,
  reread,
  start,
  step,
  valueOf,
  type FactorPages,
  type Rule,
  type Stand,
} from './stand.ts';
import { jan } from './tools.ts';

/** RFC 8176 §2. */
const registeredAmr = 'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia'.split(
  ' ',
);
const strengths = ['low', 'substantial', 'high'] as const;

const signsInAgainAndAgain: Rule = {
  name: 'signs in again and again, and says what each proof is worth',
  async check({ factor, settings, hold, ask, verify }) {
    const held = await hold(jan, start);
    let { secret } = held;
    for (let now = start + step; now <= start + 3 * step; now += step) {
      const { kind } = factor.health(secret, now, settings);
      must(kind === 'healthy', `A new key is ${kind}; it must be healthy for three sign-ins.`);
      const asked = await ask(secret, now);
      must(
        asked.expiresAt === undefined || asked.expiresAt > now,
        'challenge gives an expiresAt that is over already.',
      );
      const proved = valueOf(
        await verify(secret, asked.challenge, held.device.answer(asked, now), now),
        'The right answer',
      );
      must(
        !isDeepStrictEqual(proved.secret, secret),
        'verify gives the same secret state as before, so an answer would count twice.',
      );
      const assurance = factor.assure(deepFreeze(proved.facts), settings);
      must(assurance.amr.length > 0, 'assure gives no amr.');
      for (const value of assurance.amr)
        must(registeredAmr.includes(value), `assure gives the amr ${value}, which is not registered (RFC 8176 §2).`);
      const most = factor.strength(settings);
      must(strengths.includes(most), `strength gives ${most}, which is none of ${strengths.join(', ')}.`);
      must(
        strengths.indexOf(assurance.strength) <= strengths.indexOf(most),
        `assure gives ${assurance.strength}, more than strength says (${most}).`,
      );
      const best = factor.best?.(settings);
      for (const trait of best ? proofTraits : [])
        must(!assurance[trait] || best?.[trait] === true, `assure gives ${trait}, which best does not give.`);
      must(best === undefined || best.strength === most, 'best gives another strength than strength.');
      secret = reread(factor.states.secret, proved.secret, 'secret');
    }
  },
};

const holdsNoSecret: Rule = {
  name: 'what pages, audit and logs are given holds no secret',
  async check({ factor, simulator, logged, hold, ask, verify }) {
    const { secret, device, begun } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    const answer = device.answer(asked, start + step);
    const proved = valueOf(await verify(secret, asked.challenge, answer, start + step), 'The right answer');
    const sentCodes = [...(begun?.messages ?? []), ...(asked.messages ?? [])].map(({ data }) => String(data['code']));
    const closed = stringsIn(without([secret, asked.challenge, proved.secret], simulator.open));
    const secrets = [...closed, ...Object.values(answer), ...sentCodes].filter((text) => text.length >= 5);
    const seen: readonly (readonly [string, unknown])[] = [
      ['describe', [factor.describe(secret), factor.describe(proved.secret)]],
      ['shows of challenge', asked.shows],
      ['the log', logged],
      ...(simulator.showsSecretAtEnrolment ? [] : [['shows of begin', begun?.shows ?? {}] as const]),
    ];
    for (const [where, given] of seen)
      must(
        !secrets.some((each) => JSON.stringify(given).includes(each)),
        `${where} holds a text of the secret state, the challenge or the answer.`,
      );
    const states = JSON.stringify([secret, asked.challenge, proved.secret]);
    must(
      !sentCodes.some((code) => states.includes(code)),
      'A code that was sent stands in a state in clear: keep its digest.',
    );
  },
};

const sendsItsOwn: Rule = {
  name: 'sends on its own channel only, with texts that it has and values for all that they name',
  async check({ factor, pages: { texts }, hold, ask }) {
    const { secret, begun, stages = [] } = await hold(jan, start);
    for (const { stage } of stages)
      must(
        stage === undefined || Boolean(texts[`enrol.${stage}.title`]),
        `The texts lack enrol.${String(stage)}.title.`,
      );
    const asked = await ask(secret, start + step);
    const messages = [...(begun?.messages ?? []), ...(asked.messages ?? [])];
    must(
      messages.length > 0 === (factor.traits.sends !== undefined),
      'traits.sends must be there exactly when messages are sent.',
    );
    for (const { channel, template, data, expiresAt } of messages) {
      must(channel === factor.traits.sends, `A message goes by ${channel}, and traits.sends does not say so.`);
      must(expiresAt > start, `The message ${template} is worthless before it is sent (expiresAt).`);
      const parts = channel === 'email' ? ['subject', 'text'] : ['text'];
      const given = new Set([...Object.keys(data), 'product', ...('at' in data ? ['when'] : [])]);
      for (const part of parts) {
        const text = texts[`message.${template}.${part}`];
        must(text !== undefined, `The texts lack message.${template}.${part}.`);
        for (const name of placeholders(text) ?? [])
          must(given.has(name), `message.${template}.${part} names {${name}}, which the message does not give.`);
      }
      if ('code' in data)
        must(
          texts[`message.${template}.text`]?.startsWith('{code}') === true,
          `message.${template}.text must begin with {code}.`,
        );
    }
  },
};

/** As `draw`; what a view cannot show is a sentence that names the view. */
function drawing({ draw, view: sourceOf }: FactorPages): FactorPages['draw'] {
  return (page, language, shows, detail, stage) => {
    try {
      return draw(page, language, shows, detail, stage);
    } catch (error) {
      const view = page === 'prove-key' ? 'authenticate' : 'enrol';
      const named = [...sourceOf(view).matchAll(/\bshows\.(\w+)/g)].map(([, name = '']) => name);
      const unknown = [...new Set(named)].filter((name) => !Object.hasOwn(shows, name));
      const given = Object.keys(shows).join(', ') || 'nothing';
      const why = unknown.length === 0 ? '' : ` The view names shows.${unknown.join(', shows.')}; shows has ${given}.`;
      const says = error instanceof Error ? error.message : String(error);
      throw new ContractBroken(`views/${view}.hbs cannot be drawn (${language}): ${says}.${why}`);
    }
  };
}

const drawsItsPages: Rule = {
  name: 'draws its pages in four languages, and no more of the secret than it must',
  async check({ factor, simulator, pages, hold, ask }) {
    const draw = drawing(pages);
    const { secret, begun, stages = [] } = await hold(jan, start);
    const asked = await ask(secret, start + step);
    const { detail } = factor.describe(secret);
    const closed = stringsIn(without([secret, asked.challenge], simulator.open)).filter((text) => text.length >= 5);
    const [field = 'code'] = Object.keys(factor.traits.longFields ?? {});
    for (const language of languages) {
      const proving = draw('prove-key', language, asked.shows, detail);
      const enrolling = (begun ? stages : []).map((one) =>
        draw('activate-key', language, one.shows, detail, one.stage),
      );
      must(
        asked.leaves !== undefined || proving.includes(`name="${field}"`),
        `views/authenticate.hbs has no field ${field} (${language}).`,
      );
      for (const page of [proving, ...enrolling]) {
        // The head is the page's own; a view is drawn below it.
        const [wrong] = /<script|\sstyle=|undefined|\[object/.exec(page.slice(page.indexOf('</head>'))) ?? [];
        must(wrong === undefined, `A page shows ${String(wrong)} (${language}).`);
      }
      must(
        !closed.some((each) => proving.includes(each)),
        `views/authenticate.hbs shows a text of the secret state (${language}).`,
      );
    }
  },
};

const goesToAnotherMailbox: Rule = {
  name: 'goes with the account to another mailbox, and sends there alone',
  async check({ factor, hold, ask }) {
    const { onMailbox } = factor;
    if (!onMailbox) return;
    const { secret } = await hold(jan, start);
    const elsewhere = 'moved@example.net';
    const moved = reread(factor.states.secret, onMailbox.move(deepFreeze(secret), elsewhere), 'secret');
    const { messages = [] } = await ask(moved, start + step);
    must(messages.length === 1, `After onMailbox.move a question sends ${messages.length} messages instead of one.`);
    for (const { to } of messages) must(to === elsewhere, 'After onMailbox.move a message goes to another address.');
  },
};

const movesElsewhere: Rule = {
  name: 'can be moved to another installation and answers there',
  async check({ factor, tools, hold, ask, verify }: Stand) {
    const { transfer } = factor;
    if (!transfer) return;
    const { secret, device } = await hold(jan, start);
    const dumped: unknown = JSON.parse(JSON.stringify(transfer.dump(secret)));
    const loaded = valueOf(await transfer.load(tools(start), deepFreeze(dumped)), 'transfer.load of what dump gave');
    const moved = reread(factor.states.secret, loaded, 'secret');
    const asked = await ask(moved, start + step);
    valueOf(
      await verify(moved, asked.challenge, device.answer(asked, start + step), start + step),
      'The right answer of a moved key',
    );
    for (const data of [undefined, null, 'x', [], {}, { ...(dumped as object), 'no such field': 1 }])
      mustRefuse(await transfer.load(tools(start), data), `transfer.load of ${JSON.stringify(data) ?? 'nothing'}`);
  },
};

export const honestPath: readonly Rule[] = [
  signsInAgainAndAgain,
  holdsNoSecret,
  sendsItsOwn,
  drawsItsPages,
  goesToAnotherMailbox,
  movesElsewhere,
];

/** What must never let anybody in. */
import { isDeepStrictEqual } from 'node:util';
import type { Input } from '../contract.ts';
import { deepFreeze, describedCopies, stringsIn } from './json-shapes.ts';
import { must, mustRefuse, reread, start, step, valueOf, type Rule } from './stand.ts';
import { jan, marie } from './tools.ts';

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
const written = (input: Input): string => `The answer ${JSON.stringify(input).slice(0, 60)}`;
const now = start + step;

const refusesWrongAnswers: Rule = {
  name: 'a wrong answer is refused, and the right one counts after it',
  async check({ hold, ask, verify }) {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, now);
    for (const wrong of [device.wrongAnswer(asked, now), ...nonsense])
      mustRefuse(await verify(secret, asked.challenge, wrong, now), written(wrong));
    valueOf(await verify(secret, asked.challenge, device.answer(asked, now), now), 'The right answer after wrong ones');
  },
};

const refusesEnrolment: Rule = {
  name: 'enrolling is refused for nonsense, and for a person who may not do it',
  async check({ factor, tools, hold }) {
    if (!factor.traits.selfService) {
      mustRefuse(await factor.begin(tools(start), jan, {}), 'begin without traits.selfService');
      return;
    }
    const { stages = [] } = await hold(jan, start);
    for (const begun of stages) {
      must(begun.expiresAt > start, 'begin gives an expiresAt that is over already.');
      const pending = reread(factor.states.pending, begun.pending, 'pending');
      for (const input of nonsense)
        mustRefuse(await factor.confirm(tools(start), pending, input), `${written(input)} to confirm`);
    }
  },
};

const sendsAnew: Rule = {
  name: 'sending anew at a later stage kills the code before, and the new one ends the enrolment',
  async check({ factor, tools, hold }) {
    const { stages = [], device } = await hold(jan, start);
    const [first, later] = [stages[0], stages.at(-1)];
    if (!factor.again || !first || !later || first === later) return;
    const anew = valueOf(
      await factor.again(tools(start + 1), reread(factor.states.pending, later.pending, 'pending')),
      'again',
    );
    const pending = reread(factor.states.pending, anew.pending, 'pending');
    const [before, after] = [device.confirm(later, start), device.confirm(anew, start + 1)];
    if (!isDeepStrictEqual(before, after))
      mustRefuse(await factor.confirm(tools(start + 1), pending, before), 'The code from before it was sent anew');
    valueOf(await factor.confirm(tools(start + 1), pending, after), 'The code that was sent anew');
  },
};

const resumesLater: Rule = {
  name: 'an enrolment that is finished a day later shows no secret again, and ends by what was shown before',
  async check({ factor, tools, hold }) {
    const { stages: [first] = [], device } = await hold(jan, start);
    if (!factor.resume || !first) return;
    const later = start + 86_400_000;
    const kept = reread(factor.states.pending, first.pending, 'pending');
    const resumed = valueOf(await factor.resume(tools(later), kept), 'resume');
    must(resumed.expiresAt > later, 'resume gives an expiresAt that is over already.');
    const shown = JSON.stringify(resumed.shows).replaceAll(/[\s-]/g, '');
    const secrets = stringsIn(kept).filter((text) => text.length >= 8);
    must(!secrets.some((secret) => shown.includes(secret)), 'resume shows a secret of the enrolment again.');
    const pending = reread(factor.states.pending, resumed.pending, 'pending');
    for (const input of nonsense)
      mustRefuse(await factor.confirm(tools(later), pending, input), `${written(input)} after resume`);
    valueOf(await factor.confirm(tools(later), pending, device.confirm(first, later)), 'The right answer a day later');
  },
};

const wantsItsState: Rule = {
  name: 'what came back from another site with another state is refused',
  async check({ factor, tools, hold, ask }) {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, now);
    if (asked.leaves === undefined) return;
    const answer = device.answer(asked, now);
    const { wayBack, ...others } = tools(now);
    const elsewhere = { ...others, wayBack: { ...wayBack, state: 'a-sign-in.another-state' } };
    mustRefuse(await factor.verify(elsewhere, secret, asked.challenge, answer), 'An answer with another state');
    const { state: _none, ...stateless } = answer;
    mustRefuse(await factor.verify(tools(now), secret, asked.challenge, stateless), 'An answer without state');
  },
};

const countsOnce: Rule = {
  name: 'the same answer does not count twice',
  async check({ hold, ask, verify }) {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, now);
    const answer = device.answer(asked, now);
    const { secret: next } = valueOf(await verify(secret, asked.challenge, answer, now), 'The right answer');
    for (const later of [now, now + 1000])
      mustRefuse(await verify(deepFreeze(next), asked.challenge, answer, later), 'The same answer a second time');
  },
};

const oneOfParallel: Rule = {
  name: 'of 16 parallel answers one is first, and all give the same next state',
  async check({ hold, ask, verify }) {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, now);
    const answer = device.answer(asked, now);
    const all = await Promise.all(Array.from({ length: 16 }, () => verify(secret, asked.challenge, answer, now)));
    const states = new Set(all.map((outcome) => JSON.stringify(valueOf(outcome, 'A parallel right answer').secret)));
    must(states.size === 1, 'Parallel answers give different next states, so more than one could be written.');
    must(!states.has(JSON.stringify(secret)), 'The next state is the one before, so all parallel answers would count.');
  },
};

const uselessForOthers: Rule = {
  name: 'what one person was asked and knows is useless for another',
  async check({ hold, ask, verify }) {
    const [one, other] = [await hold(jan, start), await hold(marie, start)];
    const [asked, otherAsked] = [await ask(one.secret, now), await ask(other.secret, now)];
    const answer = one.device.answer(asked, now);
    mustRefuse(await verify(other.secret, asked.challenge, answer, now), 'Another person’s question and answer');
    mustRefuse(await verify(other.secret, otherAsked.challenge, answer, now), 'Another person’s answer');
  },
};

const refusesBrokenStates: Rule = {
  name: 'broken states are refused, and never taken for a success',
  async check({ factor: { states }, hold, ask, verify }) {
    const { secret, device } = await hold(jan, start);
    const asked = await ask(secret, now);
    const answer = device.answer(asked, now);
    for (const { state, change } of describedCopies(asked.challenge)) {
      const read = states.challenge.safeParse(state);
      if (read.success)
        mustRefuse(await verify(secret, read.data, answer, now), `A challenge whose schema takes it though ${change}`);
    }
    for (const { state, change } of describedCopies(secret)) {
      const read = states.secret.safeParse(state);
      if (read.success)
        mustRefuse(
          await verify(read.data, asked.challenge, answer, now),
          `A secret state whose schema takes it though ${change}`,
        );
    }
  },
};

export const attacks: readonly Rule[] = [
  refusesWrongAnswers,
  refusesEnrolment,
  sendsAnew,
  resumesLater,
  wantsItsState,
  countsOnce,
  oneOfParallel,
  uselessForOthers,
  refusesBrokenStates,
];

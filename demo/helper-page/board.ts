/** What the helper page shows, for its template. */
import { currentCode } from '../current-code.ts';
import type { DemoState } from '../demo-state.ts';
import type { ShownCard, ShownPerson } from '../shown-person.ts';
import { storyPath, type ShownStep } from '../story.ts';
import { inHand } from './in-hand.ts';

const site = {
  site: 'site-helper',
  product: 'Demo helper',
  tagline: 'shows every secret of the demo',
  footer:
    'All people, codes and mails here are made up. This page exists only in the demo and answers on this machine alone.',
  logo: true,
  script: 'live.js',
  step: 'helper',
  title: 'Demo helper',
};
/** Messages that are listed, and those behind a fold. */
const [shownAtOnce, shownAtMost] = [2, 40];
const happenedAtMost = 6;

type Messages = Awaited<ReturnType<DemoState['messages']>>;

export interface BoardParts {
  readonly state: DemoState;
  readonly now: () => number;
}

/** @param secret of an authenticator app, as it was typed on the page; empty: none */
export async function boardModel({ state, now }: BoardParts, secret: string) {
  const people = await state.people();
  const [messages, schedules, more, happened] = await Promise.all([
    state.messages(),
    state.countedSchedules(),
    state.more(),
    state.happened(happenedAtMost),
  ]);
  const steps = await state.story(schedules);
  return {
    ...site,
    ...state.addresses,
    storyPath,
    newTab: true,
    helperLink: '',
    firstService: state.addresses.services[0]?.name ?? '',
    steps: steps.map((step) => withHand(step, people, messages, now())),
    more,
    happened,
    auditCommand: `npm run rekey -- audit list${state.options}`,
    schedules,
    holdersCommand: schedules[0] && `npm run rekey -- factor holders ${schedules[0].factor}${state.options}`,
    secret,
    typed: secret === '' ? undefined : currentCode(secret, now()),
    people: people.map((person) => shownPerson(person, now())),
    mails: newest(state, messages, 'email'),
    phone: newest(state, messages, 'sms'),
    hasPhone: state.sendsSms,
  };
}

const withHand = (step: ShownStep, people: readonly ShownPerson[], messages: Messages, now: number) => {
  const person = people.find(({ username }) => username === step.start?.username);
  const done = person?.changes.find((change) => change.now !== undefined);
  return { ...step, done, hand: person && inHand(person, messages, now) };
};

/** The newest first. */
function newest(state: DemoState, messages: Messages, channel: string) {
  const all = messages
    .filter((message) => message.channel === channel)
    .slice(-shownAtMost)
    .toReversed()
    .map(({ to, subject, text, at }, index) => ({
      id: `${channel}-${at}-${index}`,
      to,
      subject,
      text,
      time: state.moment(at),
    }));
  return { first: all.slice(0, shownAtOnce), earlier: all.slice(shownAtOnce) };
}

const shownPerson = (person: ShownPerson, now: number) => ({
  ...person,
  totp: person.totp.flatMap((one) => ({ secret: one, ...currentCode(one, now) })),
  cards: person.cards.map(printedCard),
});

function printedCard({ serial, active, codes, spent, asked }: ShownCard) {
  return {
    serial,
    active,
    asked: asked === undefined ? undefined : { number: String(asked), code: codes[asked] },
    codes: Object.entries(codes).map(([number, code]) => ({
      number,
      code,
      spent: spent.includes(Number(number)),
      asked: Number(number) === asked,
    })),
  };
}

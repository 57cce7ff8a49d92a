/** The story that both sites of the demo begin with: three steps, each of which starts as its person. Pure. */
import type { DemoPerson, StoryStep } from './demo-people.ts';
import type { LastDayChoice } from './last-days.ts';

/** Where a step starts that changes the last day first: on both sites, so that each posts to itself. */
export const storyPath = '/story';

export interface ShownStep {
  readonly number: number;
  readonly title: string;
  readonly says: string;
  /** `undefined`: the step is read, not played. */
  readonly start: ShownStart | undefined;
}

export interface ShownStart {
  readonly username: string;
  readonly password: string;
  /** What the link or button says. */
  readonly label: string;
  /** The sign-in as this person. */
  readonly address: string;
  /** The last day is set first, with this effect; `undefined`: nothing is changed. */
  readonly sets: Pick<LastDayChoice, 'day' | 'says'> | undefined;
}

export interface StoryFacts {
  readonly story: readonly StoryStep[];
  readonly people: readonly Pick<DemoPerson, 'username' | 'password' | 'givenName'>[];
  /** The address of the first service. */
  readonly service: string;
  /** Of the first factor with dates; absent: there is none. */
  readonly dated?: { readonly isOver: boolean; readonly choices: readonly LastDayChoice[] } | undefined;
}

export const shownStory = ({ story, people, service, dated }: StoryFacts): readonly ShownStep[] =>
  story.map(({ title, says, person, lastDay }, index) => {
    const step = { number: index + 1, title, says };
    const found = people.find(({ username }) => username === person);
    if (found === undefined) return { ...step, start: undefined };
    const { username, password, givenName } = found;
    const sets =
      lastDay === undefined || dated === undefined || dated.isOver
        ? undefined
        : dated.choices.find(({ day }) => day === lastDay);
    return {
      ...step,
      start: {
        username,
        password,
        label: `${sets === undefined ? 'Start' : `Let it end ${sets.label.toLowerCase()}, and start`} as ${givenName}`,
        address: startAddress(service, username),
        sets: sets && { day: sets.day, says: sets.says },
      },
    };
  });

/** @param service its address, with `/` at the end */
export const startAddress = (service: string, username: string): string =>
  `${service}sign-in?${new URLSearchParams({ login_hint: username }).toString()}`;

/**
 * A factor under test: its own simulator as the person; states travel through JSON and its schemas, and frozen, as in
 * the product.
 */
import { isDeepStrictEqual } from 'node:util';
import { isFurtherStage } from '../contract.ts';
import type { Begun, Factor, Input, Language, Outcome, PersonFacts, Shows } from '../contract.ts';
import type { Device, Simulator } from '../kit/simulator.ts';
import { factorReasons } from '../reasons.ts';
import { deepFreeze } from './json-shapes.ts';
import { factorTools } from './tools.ts';

/** A rule of the contract that does not hold; the message is one sentence for the author of the factor. */
export class ContractBroken extends Error {
  override readonly name = 'ContractBroken';
}

export function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new ContractBroken(sentence);
}

export interface Rule {
  readonly name: string;
  /** Throws a ContractBroken. */
  check(stand: Stand): Promise<void>;
}

/** What the suite needs of the product. */
export interface FactorPages {
  /** The factor's own English texts, keys as in its locales: the messages it sends must be among them. */
  readonly texts: Readonly<Record<string, string>>;
  /** The source of a view of the factor. */
  readonly view: (name: 'authenticate' | 'enrol') => string;
  /** A page with the factor's view in it. */
  readonly draw: (
    page: 'prove-key' | 'activate-key',
    language: Language,
    shows: Shows,
    detail: string,
    stage?: string,
  ) => string;
}

/** As the person sees it. */
type SeenStage = Begun<unknown> & { readonly to?: string };

export interface Held {
  readonly secret: unknown;
  readonly device: Device;
  /** The last stage of the enrolment. */
  readonly begun?: Begun<unknown>;
  readonly stages?: readonly Begun<unknown>[];
}

export type Stand = ReturnType<typeof createStand>;

export const start = Date.UTC(2024, 0, 30, 22, 59);
/** Long enough for a new code of any kind, short enough for none to expire. */
export const step = 60_000;
const mostStages = 4;

/** Through JSON and the factor's own schema, as it comes back from storage. */
export function reread<T>(schema: { parse(value: unknown): T }, state: unknown, what: string): T {
  let again: T;
  try {
    again = schema.parse(JSON.parse(JSON.stringify(state)));
  } catch (error) {
    const [first] = (error as { readonly issues?: readonly { path: unknown[]; message: string }[] }).issues ?? [];
    throw new ContractBroken(
      `The ${what} state that the factor gave is not read by its own schema${first ? `: ${[...first.path.map(String), first.message].join(': ')}` : ''}.`,
    );
  }
  must(isDeepStrictEqual(again, state), `The ${what} state is another one after it went through JSON and its schema.`);
  return deepFreeze(again);
}

export function valueOf<T>(outcome: Outcome<T>, what: string): T {
  if (outcome.ok) return outcome.value;
  throw new ContractBroken(`${what} was refused with ${outcome.reason}, and should be accepted.`);
}

export function mustRefuse(outcome: Outcome<unknown>, what: string): void {
  must(!outcome.ok, `${what} was accepted, and must be refused.`);
  must(
    factorReasons.includes(outcome.reason),
    `${what} was refused with ${outcome.reason}, which is not in factorReasons.`,
  );
}

export function createStand(factor: Factor, simulator: Simulator, settings: unknown, pages: FactorPages) {
  const { states } = factor;
  const logged: string[] = [];
  const tools = (now: number) => factorTools(settings, now, logged);
  /** Where the main button of a page leads, if the proof is at another site. */
  async function leaving(leaves: string | undefined, state: unknown, now: number): Promise<{ readonly to?: string }> {
    must(leaves === undefined || factor.leave !== undefined, 'A page leaves, and the factor has no `leave`.');
    if (leaves === undefined || factor.leave === undefined) return {};
    must(/^[a-z][a-z0-9-]*$/.test(leaves), `leaves is ${leaves}, and must be a word of small letters.`);
    const { to } = valueOf(await factor.leave(tools(now), state), 'leave');
    must(URL.canParse(to) && /^https?:$/.test(new URL(to).protocol), 'leave gives no address.');
    return { to };
  }
  const seen = async (begun: Begun<unknown>, now: number): Promise<SeenStage> => ({
    ...begun,
    ...(await leaving(begun.leaves, reread(states.pending, begun.pending, 'pending'), now)),
  });
  /** A key in the hands of a person, by whichever way this factor has. */
  async function hold(person: PersonFacts, now: number): Promise<Held> {
    const device = simulator.createDevice();
    if (!factor.traits.selfService) {
      must(factor.issue !== undefined, 'Nobody can get this key: traits.selfService is false, and there is no issue.');
      const issued = await factor.issue.make(tools(now), person);
      device.take(issued.clear);
      return { secret: reread(states.secret, issued.secret, 'secret'), device };
    }
    const stages: SeenStage[] = [await seen(valueOf(await factor.begin(tools(now), person, {}), 'begin'), now)];
    for (;;) {
      const begun = stages.at(-1);
      must(begun !== undefined && stages.length <= mostStages, `The enrolment has more than ${mostStages} stages.`);
      const pending = reread(states.pending, begun.pending, 'pending');
      const value = valueOf(
        await factor.confirm(tools(now), pending, device.confirm(begun, now)),
        'confirm, answered rightly,',
      );
      if (!isFurtherStage(value))
        return { secret: reread(states.secret, value.secret, 'secret'), device, begun, stages };
      stages.push(await seen(value, now));
    }
  }
  async function ask(secret: unknown, now: number) {
    const challenged = valueOf(await factor.challenge(tools(now), secret), 'challenge');
    const challenge = reread(states.challenge, challenged.challenge, 'challenge');
    return { ...challenged, challenge, ...(await leaving(challenged.leaves, challenge, now)) };
  }
  const verify = (secret: unknown, challenge: unknown, input: Input, now: number) =>
    factor.verify(tools(now), secret, challenge, deepFreeze(input));
  return { factor, simulator, settings, pages, tools, logged, hold, ask, verify };
}

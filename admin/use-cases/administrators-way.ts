/**
 * Whether the administrators of the deployment (`administrators` in the configuration) keep a way in: before and after a
 * change of dates, of the configuration or of accounts. By the decider of every sign-in, over shapes of accounts. Called
 * by the pre-flight and the looks at configurations and accounts; `brake.ts` refuses by it.
 */
import type { Person } from '../../accounts/person.ts';
import type { Settings } from '../../config/schema.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { isUsedBy, type DecisionRules } from '../../interactions/decision-rules.ts';
import type { Prospect } from '../../interactions/prospect.ts';
import type { Alike } from './population.ts';
import { prospect } from './prospects.ts';

/** Before the change, or after it. */
export interface Side {
  readonly rules: DecisionRules;
  readonly schedules: Schedules;
  readonly population: readonly Alike[];
}

export type Administrators = NonNullable<Settings['administrators']>;

/** Where the change would leave every administrator without a way in, and leaves one now. */
export type ShutOut =
  { readonly kind: 'everywhere' } | { readonly kind: 'at'; readonly clients: readonly string[] } | undefined;

/** Called between any two shapes of accounts, so that a running server can answer requests meanwhile. */
type Rest = () => Promise<unknown> | void;

export const isAdministrator = ({ groups }: Pick<Person, 'groups'>, administrators: Administrators): boolean =>
  administrators.groups.some((group) => groups.includes(group));

/** @param at the instant (ms) of the sign-ins */
export async function administratorsShutOut(
  { before, after }: { readonly before: Side; readonly after: Side },
  { administrators, at, rest }: { administrators: Administrators | undefined; at: number; rest?: Rest },
): Promise<ShutOut> {
  if (!administrators) return undefined;
  const everywhere = [...after.rules.clients.keys()];
  const needed = administrators.clients ?? everywhere;
  const [was, is] = [
    await openTo(before, { administrators, at, rest, clients: needed }),
    await openTo(after, { administrators, at, rest, clients: needed }),
  ];
  if (administrators.clients === undefined) return was.size > 0 && is.size === 0 ? { kind: 'everywhere' } : undefined;
  const clients = needed.filter((id) => was.has(id) && !is.has(id));
  return clients.length === 0 ? undefined : { kind: 'at', clients };
}

/** Whether a change of this account alone takes the way in from an administrator, where the administrators need one. */
export function losesWay(
  given: Pick<Side, 'rules' | 'schedules'>,
  { before, after }: { readonly before: Person; readonly after: Person },
  { administrators, at }: { readonly administrators: Administrators; readonly at: number },
): boolean {
  if (!isAdministrator(before, administrators)) return false;
  const still = isAdministrator(after, administrators);
  const needed = administrators.clients ?? [...given.rules.clients.keys()];
  return needed.some((id) => opensTo(given, before, id, at) && !(still && opensTo(given, after, id, at)));
}

interface Asked {
  readonly administrators: Administrators;
  readonly at: number;
  readonly clients: readonly string[];
  readonly rest?: Rest | undefined;
}

/** The relying parties, of these, at which an administrator has a way in. */
async function openTo(
  { rules, schedules, population }: Side,
  { administrators, at, clients, rest }: Asked,
): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  for (const { person, accounts } of population) {
    if (accounts === 0 || !isAdministrator(person, administrators)) continue;
    await rest?.();
    for (const id of clients) if (!open.has(id) && opensTo({ rules, schedules }, person, id, at)) open.add(id);
    if (open.size === clients.length) break;
  }
  return open;
}

function opensTo(
  { rules, schedules }: Pick<Side, 'rules' | 'schedules'>,
  person: Person,
  id: string,
  at: number,
): boolean {
  const client = rules.clients.get(id);
  return client !== undefined && isUsedBy(client, person) && hasWay(prospect(rules, schedules, person, id, at));
}

/** With a key, at once or once it is activated: a password alone opens nothing that needs an administrator. */
function hasWay(found: Prospect): boolean {
  switch (found.kind) {
    case 'opens':
      return found.by.length > 0;
    case 'replaces':
    case 'activates':
      return true;
    case 'disabled':
    case 'stranded':
      return false;
  }
}

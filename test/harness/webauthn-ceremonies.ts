/** A factor of keys in devices that registers and asks without pages. */
import { factorTools, jan } from './factor-tools.ts';
import type { SoftwareAuthenticator } from './software-authenticator.ts';
import type { FactorReason } from '../../factors/reasons.ts';
import passkey from '../../factors/passkey/factor.ts';
import type { Factor, PersonFacts } from '../../factors/contract.ts';
import type { Challenge, Facts, Pending, Secret } from '../../factors/kit/webauthn-states.ts';

export const start = Date.UTC(2024, 0, 30, 12);
export const minute = 60_000;
export const refusedAs = (reason: FactorReason) => ({ ok: false, reason });
export const value = <T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T => {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
};
const optionsOf = (shows: Readonly<Record<string, unknown>>) => String(shows['options']);

export function services(factor: Factor = passkey, given: object = {}) {
  const settings = factor.settings.parse(given);
  const logged: string[] = [];
  const tools = (now = start) => factorTools(settings, now, logged);
  const begin = async (person: PersonFacts = jan, held: readonly Secret[] = [], now = start) => {
    const { pending, shows } = value(await factor.begin(tools(now), person, {}, held));
    return { pending: pending as Pending, options: optionsOf(shows), shows };
  };
  const confirm = (pending: Pending, credential: string, now = start) =>
    factor.confirm(tools(now), pending, { credential });
  const bind = async (device: SoftwareAuthenticator, person = jan) => {
    const { pending, options } = await begin(person);
    const confirmed = value(await confirm(pending, device.create(options)));
    if (!('secret' in confirmed)) throw new Error('not at its end');
    return { secret: confirmed.secret as Secret, facts: confirmed.facts as Facts, unique: confirmed.unique };
  };
  const ask = async (secret: Secret, now = start, others: readonly Secret[] = []) => {
    const { challenge, shows } = value(await factor.challenge(tools(now), secret, others));
    return { challenge: challenge as Challenge, options: optionsOf(shows) };
  };
  const askUsernameless = async (now = start) => {
    const outcome = await factor.usernameless?.challenge(tools(now));
    if (!outcome) throw new Error('not without a name');
    const { challenge, shows } = value(outcome);
    return { challenge: challenge as Challenge, options: optionsOf(shows) };
  };
  const verify = (secret: Secret, challenge: Challenge, credential: string, now = start) =>
    factor.verify(tools(now), secret, challenge, { credential });
  return { settings, logged, begin, confirm, bind, ask, askUsernameless, verify };
}

/**
 * Usernameless sign-in with a discoverable credential: the key identifies the account. The challenge is on the page and
 * is not stored: it is sealed for its sign-in and comes back with the answer. The key is found by its claimed id, and
 * then judged as every key is (`verify-key.ts`).
 */
import type { Person } from '../accounts/person.ts';
import type { FactorId, Input, Shows } from '../factors/contract.ts';
import type { Occasion } from './occasion.ts';
import { refusal, type ProofDependencies } from './proof-dependencies.ts';
import type { Proof, VerifyKey } from './verify-key.ts';
import type { Reason, Judged } from '../factors/reasons.ts';

export interface UsernamelessQuestion {
  readonly factor: FactorId;
  readonly sealed: string;
  readonly shows: Shows;
}

export interface UsernamelessSignIn {
  /** A challenge for the first page; `undefined` if the factor has none. Writes nothing. */
  ask(factor: FactorId, occasion: Occasion): Promise<UsernamelessQuestion | undefined>;
  /** @param sealed the challenge, as the form sent it back */
  verify(
    factor: FactorId,
    sealed: string,
    input: Input,
    occasion: Occasion,
  ): Promise<Judged<{ readonly proof: Proof; readonly person: Person }>>;
}

/** The refusals that anybody may see: they do not reveal whether such a key or account exists. */
const sayable: ReadonlySet<Reason> = new Set<Reason>([
  'device_answer_expired',
  'device_unverified',
  'device_refused',
  'device_copied',
  'code_used',
  'attempts_paused',
]);

/** The question for the first page; also where nobody signs in. */
export async function askUsernameless(
  { registry, sealing, toolsFor }: Pick<ProofDependencies, 'registry' | 'sealing' | 'toolsFor'>,
  id: FactorId,
  { interaction }: Occasion,
): Promise<UsernamelessQuestion | undefined> {
  const factor = registry.get(id);
  if (!factor?.usernameless) return undefined;
  const outcome = await factor.usernameless.challenge(toolsFor(factor));
  if (!outcome.ok) return undefined;
  const { challenge, shows } = outcome.value;
  return { factor: id, sealed: sealing.sealState(factor, 'usernameless', interaction, challenge), shows };
}

export function createUsernamelessSignIn({
  proofs,
  people,
  registry,
  sealing,
  toolsFor,
  note,
}: Pick<ProofDependencies, 'people' | 'registry' | 'sealing' | 'toolsFor' | 'note'> & {
  readonly proofs: Pick<VerifyKey, 'verify'>;
}): UsernamelessSignIn {
  return {
    ask: (id, occasion) => askUsernameless({ registry, sealing, toolsFor }, id, occasion),

    async verify(id, sealed, input, occasion) {
      const factor = registry.get(id);
      if (!factor?.usernameless) return refusal('choice_unknown');
      const { now: at } = toolsFor(factor);
      const unknown = (): ReturnType<typeof refusal> => {
        note({
          at,
          actor: 'unknown',
          action: 'key.refused',
          factor: id,
          client: occasion.client,
          reason: 'device_unknown',
        });
        return refusal('device_unknown');
      };
      const challenge = sealing.openState(factor, 'usernameless', occasion.interaction, sealed);
      if (challenge === undefined) return refusal('device_answer_expired');
      const unique = factor.usernameless.claim(input);
      const found = unique === undefined ? undefined : await people.findByDevice(unique);
      if (!found || found.person.disabled || found.key.factor !== id || found.key.status !== 'active') return unknown();
      const asked = {
        key: found.key.id,
        factor: id,
        sealed: sealing.sealState(factor, 'challenge', occasion.interaction, challenge),
        shows: {},
        detail: '',
        messages: [],
      };
      // An earlier password may belong to another account.
      const { passwordFrom: _whose, passwordBrowser: _theirs, ...alone } = occasion;
      const judged = await proofs.verify(found.person.id, asked, input, alone);
      return judged.ok || sayable.has(judged.reason) ? judged : unknown();
    },
  };
}

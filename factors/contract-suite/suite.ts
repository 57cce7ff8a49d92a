/**
 * What holds for every factor, whichever it is. Run over our own by `factors/contract.test.ts`, over a stranger's by
 * `rekey factor check <folder>`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Factor } from '../contract.ts';
import type { Simulator } from '../kit/simulator.ts';
import { attacks } from './attacks.ts';
import { honestPath } from './honest-path.ts';
import { deepFreeze } from './json-shapes.ts';
import { ContractBroken, createStand, must, type FactorPages, type Rule } from './stand.ts';

export interface Check {
  /** The rule, and under which settings. */
  readonly name: string;
  /** Throws a ContractBroken with a sentence. What else is thrown is a fault of the factor. */
  readonly run: () => Promise<void>;
}

const settingsAreStrict: Rule = {
  name: 'settings: unknown keys and foreign forms are refused',
  async check({ factor, simulator }) {
    for (const given of simulator.settings)
      must(!factor.settings.safeParse({ ...given, 'no such setting': 1 }).success, 'The settings take an unknown key.');
    for (const foreign of [null, 'x', 1, []])
      must(!factor.settings.safeParse(foreign).success, `The settings take ${JSON.stringify(foreign)}.`);
  },
};

const olderStatesAreRead: Rule = {
  name: 'states of an unknown version are refused, earlier ones are brought up to date',
  async check({ factor: { states }, simulator }) {
    for (const [name, schema] of Object.entries(states))
      for (const state of [{ version: 99 }, {}, null, 'x', []])
        must(!schema.safeParse(state).success, `The ${name} schema takes ${JSON.stringify(state)}.`);
    for (const { from, to } of simulator.olderSecrets) {
      const read = states.secret.safeParse(deepFreeze(from));
      must(
        read.success && isDeepStrictEqual(read.data, to),
        `The older secret ${JSON.stringify(from)} is not brought up to date.`,
      );
      must(states.secret.safeParse(to).success, 'A secret that was brought up to date is not read again.');
    }
  },
};

const isFrozen: Rule = {
  name: 'the registry has frozen the record',
  async check({ factor }) {
    must(Object.isFrozen(factor), 'The factor was not loaded by the registry.');
  },
};

/** Every rule under every settings that the simulator names. */
export function contractChecks(factor: Factor, simulator: Simulator, pages: FactorPages): readonly Check[] {
  return simulator.settings.flatMap((given, index) => {
    const settings: unknown = factor.settings.parse(given);
    const once = index === 0 ? [settingsAreStrict, olderStatesAreRead, isFrozen] : [];
    return [...honestPath, ...attacks, ...once].map((rule) => ({
      name: `${factor.id}, settings ${index + 1} ${JSON.stringify(given)}: ${rule.name}`,
      // A stand of its own: what one rule logged does not count for another.
      run: () => rule.check(createStand(factor, simulator, settings, pages)),
    }));
  });
}

/**
 * Runs all, and says in a sentence each what does not hold.
 * @param placeOf where in the factor's folder something was thrown: `factor.ts, line 3`
 */
export async function brokenRules(
  checks: readonly Check[],
  { placeOf }: { readonly placeOf: (error: unknown) => string | undefined },
): Promise<readonly { readonly rule: string; readonly says: string }[]> {
  const broken: { readonly rule: string; readonly says: string }[] = [];
  for (const check of checks) {
    const says = await check.run().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ContractBroken) return error.message;
        const place = placeOf(error);
        return `It threw, which is a fault: ${String(error)}${place === undefined ? '' : ` (${place})`}`;
      },
    );
    if (says !== undefined) broken.push({ rule: check.name, says });
  }
  return broken;
}

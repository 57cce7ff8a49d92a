/** Each preset as its public documentation has it: the request that it makes, and what its answers are worth here. */
import { describe, expect, test } from '@jest/globals';
import { startSmallUpstream } from '../../test/eid-world/small-upstream.ts';
import { factorTools } from '../contract-suite/tools.ts';
import { isFurtherStage, type Outcome, type Tools } from '../contract.ts';
import { begin, confirm } from './enrol.ts';
import factor from './factor.ts';
import { leave } from './leave.ts';
import { readPreset } from './preset.ts';
import { settings as schema, type Settings } from './settings.ts';

interface Documented {
  /** Of the authorization request, besides what every request has. */
  readonly asks: Readonly<Record<string, string>>;
  /** What it may call a sign-in, and what that is worth; `undefined`: refused. */
  readonly answers: readonly (readonly [acr: string | undefined, level: string | undefined])[];
}

const itsme = 'http://itsme.services/v2/claim';
const eidas = 'http://eidas.europa.eu/LoA';
const documented: Readonly<Record<string, Documented>> = {
  itsme: {
    asks: { scope: 'openid service:OURS', acr_values: `${itsme}/acr_advanced` },
    answers: [
      [`${itsme}/acr_advanced`, 'high'],
      [`${itsme}/acr_basic`, 'substantial'],
      [undefined, undefined],
    ],
  },
  'franceconnect-plus': {
    asks: {
      scope: 'openid',
      acr_values: 'eidas2',
      prompt: 'login',
      claims: '{"id_token":{"amr":{"essential":true}}}',
    },
    answers: [
      ['eidas2', 'substantial'],
      ['eidas3', 'high'],
      ['eidas1', undefined],
      [undefined, undefined],
    ],
  },
  ausweisapp: {
    asks: { scope: 'openid', acr_values: `${eidas}/high`, prompt: 'login' },
    answers: [
      [`${eidas}/high`, 'high'],
      [`${eidas}/substantial`, 'substantial'],
      [`${eidas}/low`, undefined],
      [undefined, undefined],
    ],
  },
};

const value = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`);
  return outcome.value;
};

describe.each(Object.entries(documented))('A-572 the preset %s', (name, { asks, answers }) => {
  const known = readPreset(name, undefined);
  const started = startSmallUpstream(known.acr.ask[0] ?? '', {
    algorithms: { signing: known.signing, encryption: known.encryption },
  });
  const toolsOf = async (): Promise<Tools<Settings>> => {
    const { issuer, clientId, keys } = await started;
    const scope = name === 'itsme' ? { scope: 'openid service:OURS' } : {};
    const upstreams = [{ id: 'one', preset: name, issuer, clientId, keys, ...scope }];
    return factorTools(schema.parse({ linkKey: 'k'.repeat(32), upstreams }), Date.now());
  };

  test('asks as its documentation says, with PKCE, and a state and nonce of more than 32 characters', async () => {
    const tools = await toolsOf();
    const { pending } = value(await begin(tools));
    const { searchParams } = new URL(value(await leave(tools, pending)).to);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      ...asks,
      response_type: 'code',
      client_id: 'rekey',
      code_challenge_method: 'S256',
    });
    for (const word of ['state', 'nonce']) expect(searchParams.get(word)?.length).toBeGreaterThanOrEqual(32);
    // What a preset does not ask for is not asked for: no number, no name.
    const usual = ['response_type', 'client_id', 'redirect_uri', 'state', 'nonce', 'code_challenge'];
    const more = ['code_challenge_method', 'ui_locales', ...Object.keys(asks)];
    expect([...searchParams.keys()].toSorted()).toEqual([...usual, ...more].toSorted());
  });

  test.each(answers)('an answer that says %s is worth %s', async (acr, level) => {
    const tools = await toolsOf();
    const { pending } = value(await begin(tools));
    const { to } = value(await leave(tools, pending));
    const upstream = await started;
    Object.assign(upstream, { acr, now: tools.now });
    const outcome = await confirm(tools, pending, upstream.confirm(to, 'somebody'));
    if (level === undefined) return expect(outcome).toEqual({ ok: false, reason: 'site_answer_weak' });
    const linked = value(outcome);
    if (isFurtherStage(linked)) throw new Error('There is a further stage.');
    const assured = factor.assure(linked.facts, tools.settings);
    return expect([assured.strength, assured.amr]).toEqual([level, ['mfa']]);
  });

  test('says where its level was stated', () => {
    expect(known.notified).toMatch(/^eIDAS levels? (substantial|high)/);
  });
});

import type { Occasion } from '../../factors/verify-key.ts';
import type { Reason } from '../../factors/reasons.ts';
import { mayResend } from '../../messages/send-limits.ts';
import type { Core } from '../services.ts';
import { blankReason, endsStep, goOn, refuse, say, type Act, type Acted, type Form } from '../step-handler.ts';
import { choose } from './choose-key.ts';
import { besidesKey, type Steps } from '../sign-in-state.ts';
import type { Turn } from '../context.ts';

/** Past its last day, and where it is not taken, a key proves who asks for another one, and nothing else. */
function purposeOf(turn: Turn): Occasion['purpose'] {
  const { chosen, securing } = turn.steps;
  if (securing && !turn.suitable.some(({ factor }) => factor.id === chosen)) return 're-enrolment';
  const advice = chosen === undefined ? undefined : turn.advise(chosen);
  return advice?.kind === 'require' && advice.over ? 're-enrolment' : 'sign-in';
}

/** By this relying party; or, where another key is to be activated, by us. */
const taken = ({ suitable, provableKeys, steps }: Turn, kind: string): boolean =>
  suitable.some(({ factor }) => factor.id === kind) ||
  (steps.securing === true && provableKeys.some(({ factor }) => factor === kind));

/** Asks for the key: draws a position, sends a code … */
export async function enterProveKey(turn: Turn, core: Core): Promise<Acted> {
  const { chosen } = turn.steps;
  const { person } = turn;
  if (chosen === undefined || !person) return refuse(turn, 'key_not_held_or_expired');
  const no = (reason: Reason, until?: number): Acted => {
    const { now: at, client } = turn;
    core.note({
      at,
      actor: person.id,
      action: 'key.refused',
      person: person.id,
      factor: chosen,
      client: client.id,
      reason,
    });
    return refuse(turn, reason, { factor: chosen, ...(until === undefined ? {} : { until }) });
  };
  const key = person.keys
    .filter(({ factor, status }) => factor === chosen && status !== 'off')
    .toSorted(
      (a, b) =>
        Number(b.status === 'active') - Number(a.status === 'active') ||
        (b.lastUsedAt ?? b.boundAt) - (a.lastUsedAt ?? a.boundAt),
    )[0];
  if (!key || !taken(turn, chosen)) return no('key_not_held_or_expired');
  if (key.status === 'blocked') return no('key_blocked');
  const asked = await core.proofs.challenge(person, key.id, turn.occasion(purposeOf(turn)));
  if (!asked.ok) return no(asked.reason, asked.until);
  return goOn({ ...turn.steps, asked: { ...asked.value, at: turn.now } });
}

/** What was asked has been answered, here or elsewhere: ask for something else, where that sends nothing. */
async function askAnew(turn: Turn, core: Core, reason: Reason): Promise<Acted> {
  const said = say(turn, reason, { field: 'code' });
  const factor = turn.steps.asked && core.factor(turn.steps.asked.factor);
  if (!factor || factor.traits.sends !== undefined) return said;
  const { asked: _void, ...rest } = turn.steps;
  const acted = await enterProveKey(turn.with({ steps: rest }), core);
  return acted.kind === 'steps' && acted.steps.asked
    ? goOn({ ...acted.steps, notice: { reason, field: 'code' } })
    : acted;
}

/** The box is off whenever it is not sent along: only its last state counts. */
function ticked(turn: Turn, form: Form): Turn {
  const { trust: _before, ...rest } = turn.steps;
  const steps: Steps = form['trust'] === 'yes' && turn.mayTrust !== undefined ? { ...rest, trust: true } : rest;
  return turn.with({ steps });
}

export const actProveKey: Act = async ({ turn: given, form, core }) => {
  const turn = ticked(given, form);
  const { asked, person } = turn.steps;
  if (form['action'] === 'other-key') return goOn(besidesKey(turn.steps));
  if (form['action'] === 'find-key') return goOn({ ...besidesKey(turn.steps), finding: true });
  const { key } = form;
  // A button that names a key sends no action along; beside one it is nobody's.
  if (key !== undefined && form['action'] === undefined)
    return turn.others.includes(key) ? choose(turn, key) : say(turn, 'choice_unknown');
  if (!asked || person === undefined) return say(turn, 'choice_unknown');
  if (form['action'] === 'resend') {
    if ((await core.delivery(asked.messages)) === 'failed') return say(turn, 'message_undeliverable');
    const may = mayResend(asked.at, turn.now, core.limits);
    if (!may.ok) return say(turn, 'sending_paused', { until: may.until });
    const { asked: _old, ...rest } = turn.steps;
    return enterProveKey(turn.with({ steps: rest }), core);
  }

  const traits = core.factor(asked.factor)?.traits;
  const blank = blankReason(form, traits);
  if (blank !== undefined) return say(turn, blank, { field: 'code' });
  const purpose = purposeOf(turn);
  const judged = await core.proofs.verify(person, asked, form, turn.occasion(purpose));
  if (!judged.ok) {
    const { reason, until } = judged;
    const extra = until === undefined ? {} : { until };
    const ends = endsStep.has(reason);
    if (reason === 'code_used' || (traits?.asksAnew === true && !ends && until === undefined))
      return askAnew(turn, core, reason);
    return ends
      ? refuse(turn, reason, { factor: asked.factor, ...extra })
      : say(turn, reason, { field: 'code', ...extra });
  }
  const { asked: _spent, ...rest } = turn.steps;
  const steps: Steps = { ...rest, proof: { ...judged.value.proof, purpose } };
  return goOn(steps, judged.value.person);
};

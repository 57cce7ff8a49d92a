/** From a step to what its page is given: plain data and keys. */
import { subject } from './retirement/dialog.ts';
import { mayCancel } from './steps/choose-key.ts';
import { refusalOf, waysOn } from './steps/refused.ts';
import { daysUntil } from '../time/calendar.ts';
import { maskAddress } from '../accounts/mail-address.ts';
import { personFacts } from '../factors/key-changes.ts';
import type { HeldKey, KeyChoice, Models, Nameless, Shell, WizardModel } from '../views/models.ts';
import type { Person } from '../accounts/person.ts';
import type { StepName, Wizard } from './sign-in-state.ts';
import type { Turn } from './context.ts';

export type Page = { [Name in keyof Models]: { readonly name: Name; readonly model: Models[Name] } }[keyof Models];

export type ShellFacts = Omit<Shell, 'step' | 'action' | 'notice'> & {
  readonly base: string;
  /** The question of a key that signs in without a name, where this page puts it. */
  readonly nameless?: Nameless;
};

const wizardAt: Readonly<Record<Wizard['at'], 1 | 2 | 3 | 4>> = {
  'confirm-email': 1,
  'select-key': 2,
  'activate-key': 3,
  done: 4,
};

/** @param step one that is open (`openSteps`) */
export function pageOf(turn: Turn, step: StepName, facts: ShellFacts): Page {
  const { steps, person } = turn;
  const { base, nameless, ...common } = facts;
  const without = nameless === undefined ? {} : { nameless };
  const shell: Shell = {
    ...common,
    step,
    action: `${base}/${step}`,
    ...(steps.notice === undefined ? {} : { notice: steps.notice }),
  };
  const { wizard } = steps;

  switch (step) {
    case 'choose-key':
      return {
        name: step,
        model: {
          ...shell,
          keys: choices(turn, steps.inHand === undefined ? turn.offered : turn.offeredFor(steps.inHand)),
          ...(steps.inHand === undefined ? {} : { inHand: steps.inHand }),
          mayFind: mayFind(turn),
          mayCancel: mayCancel(turn),
          ...without,
          maySecure: maySecure(turn),
        },
      };
    case 'find-key':
      return { name: step, model: { ...shell, hands: turn.hands } };
    case 'phase-out': {
      const factor = subject(turn) ?? '';
      const advice = turn.advise(factor);
      const dated =
        advice.kind === 'suggest' || advice.kind === 'require' ? advice : { sunsetAt: turn.now, zone: 'UTC' };
      const over = advice.kind === 'require' && advice.over;
      const left = advice.kind === 'suggest' ? advice.postponementsLeft : undefined;
      return {
        name: step,
        model: {
          ...shell,
          factor,
          lastDay: dated.sunsetAt - 1,
          zone: dated.zone,
          over,
          daysLeft: daysUntil(dated.sunsetAt, turn.now, dated.zone),
          mayMigrate: turn.targetsOf(factor).length > 0,
          mayPostpone: advice.kind === 'suggest',
          ...(left === undefined ? {} : { postponementsLeft: left }),
          proved: steps.proof !== undefined,
        },
      };
    }
    case 'password':
      return {
        name: step,
        model: {
          ...shell,
          ...(steps.chosen === undefined ? {} : { factor: steps.chosen, ...goingOf(turn, steps.chosen) }),
          ...(steps.username === undefined ? {} : { username: steps.username }),
          mayChooseKey: turn.order === 'key-first' && steps.securing !== true,
          maySecure: maySecure(turn),
          securing: steps.securing === true,
          ...without,
        },
      };
    case 'secure-account': {
      const { secondStep } = turn;
      const dated = secondStep.kind === 'offer' ? { from: secondStep.from, zone: secondStep.zone } : sinceOf(turn);
      return { name: step, model: { ...shell, must: secondStep.kind !== 'offer', ...dated } };
    }
    case 'prove-key': {
      const asked = steps.asked;
      const factor = asked?.factor ?? '';
      const advice = turn.advise(factor);
      const rule = turn.factors.find((one) => one.factor.id === factor);
      return {
        name: step,
        model: {
          ...shell,
          factor,
          shows: asked?.shows ?? {},
          scripted: rule?.factor.traits.script === true,
          held: heldKeys(person, asked === undefined ? [] : [asked.key, ...(asked.among ?? [])]),
          detail: asked?.detail ?? '',
          ...(asked?.left === undefined ? {} : { left: asked.left }),
          mayResend: rule?.factor.traits.sends !== undefined,
          others: choices(turn, turn.others),
          ...(turn.mayTrust === undefined ? {} : { trustDays: Math.round(turn.mayTrust / 86_400_000) }),
          trust: steps.trust === true,
          mayChooseOther: turn.order === 'key-first' || (turn.others.length === 0 && turn.offered.length > 1),
          mayFind: mayFind(turn),
          ...goingOf(turn, factor),
          forMigration: steps.securing === true || steps.wish === factor || (advice.kind === 'require' && advice.over),
        },
      };
    }
    case 'confirm-email': {
      const mode = wizard?.email ?? 'show';
      const further = wizard?.from === undefined;
      // Who has proved nothing but a password need not learn the address.
      const written = (address: string) => (further ? maskAddress(address) : address);
      const mailbox = wizard?.mailbox?.email;
      return {
        name: step,
        model: {
          ...wizardShell(shell, turn, step, mode !== 'show' && person?.email !== undefined),
          mode,
          ...(person?.email === undefined ? {} : { email: written(person.email.address) }),
          ...(mailbox === undefined ? {} : { newEmail: written(mailbox) }),
          further,
        },
      };
    }
    case 'select-key':
      return {
        name: step,
        model: {
          ...wizardShell(shell, turn, step, true),
          ...(wizard?.from === undefined ? {} : { from: wizard.from }),
          keys: turn.targetsOf(wizard?.from).map(({ id, recommended }) => ({ id, recommended })),
        },
      };
    case 'activate-key': {
      const factor = wizard?.begun?.factor ?? '';
      const rule = turn.factors.find((one) => one.factor.id === factor);
      return {
        name: step,
        model: {
          ...wizardShell(shell, turn, step, true),
          factor,
          shows: wizard?.begun?.shows ?? {},
          scripted: rule?.factor.traits.script === true,
          ...(wizard?.begun?.stage === undefined ? {} : { stage: wizard.begun.stage }),
          mayResend: (wizard?.begun?.messages.length ?? 0) > 0,
        },
      };
    }
    case 'done':
      return {
        name: step,
        model: {
          ...wizardShell(shell, turn, step, false),
          factor: wizard?.bound?.factor ?? '',
          from: wizard?.from ?? '',
          held: heldKeys(person, wizard?.bound === undefined ? [] : [wizard.bound.key]),
          ...(wizard?.from === undefined ? {} : { from: wizard.from }),
          mayContinue: true,
        },
      };
    case 'refused': {
      const refusal = refusalOf(turn);
      return {
        name: step,
        model: {
          ...shell,
          reason: refusal.reason,
          ...(refusal.factor === undefined ? {} : { factor: refusal.factor }),
          ...(refusal.until === undefined ? {} : { until: refusal.until }),
          actions: waysOn(turn, refusal),
        },
      };
    }
  }
}

function wizardShell(shell: Shell, turn: Turn, step: Wizard['at'], mayPrevious: boolean): WizardModel {
  const displayName = turn.person ? personFacts(turn.person).displayName : '';
  return { ...shell, at: wizardAt[step], displayName, mayPrevious };
}

/** Those that have a name of their own, or more to say than their kind. */
function heldKeys(person: Person | undefined, ids: readonly string[]): readonly HeldKey[] {
  return ids.flatMap((id) => {
    const { label, nature, detail } = person?.keys.find((key) => key.id === id) ?? {};
    if (label === undefined && nature === undefined) return [];
    return [
      { detail: detail ?? '', ...(label === undefined ? {} : { label }), ...(nature === undefined ? {} : { nature }) },
    ];
  });
}

function goingOf(turn: Turn, factor: string): { readonly going?: NonNullable<KeyChoice['going']> } {
  const schedule = turn.scheduleOf(factor);
  if (schedule?.sunsetAt === undefined || schedule.status === 'active') return {};
  return { going: { over: turn.now >= schedule.sunsetAt, lastDay: schedule.sunsetAt - 1, zone: schedule.zone } };
}

/** The way to a first or further key is shown to whoever has not gone it yet. */
const maySecure = ({ rules, steps }: Turn): boolean => rules.mayActivate && steps.securing !== true;

function sinceOf({ secondStep }: Turn): { readonly from?: number; readonly zone?: string } {
  if (secondStep.kind !== 'enrol' || secondStep.since === undefined) return {};
  return { from: secondStep.since, zone: secondStep.zone ?? 'UTC' };
}

/** Worth asking only where the answer tells keys apart. */
const mayFind = (turn: Turn): boolean => turn.offered.length > 1 && turn.hands.length > 1;

/** The first one that stays is the one to take; a kind that is going is never the default. */
function choices(turn: Turn, ids: readonly string[]): readonly KeyChoice[] {
  const preferred = turn.usableKeys[0]?.factor ?? ids.find((id) => goingOf(turn, id).going === undefined);
  return ids.map((id) => {
    const held = turn.person?.keys.find(({ factor, status }) => factor === id && status === 'active');
    return {
      id,
      ...goingOf(turn, id),
      ...(id === preferred && goingOf(turn, id).going === undefined ? { preferred: true } : {}),
      ...(held && turn.order === 'name-first' ? { detail: held.detail } : {}),
    };
  });
}

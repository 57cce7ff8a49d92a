/** From a step to what its page is given: plain data and keys. */
import { subject } from './retirement/dialog.ts';
import { mayCancel } from './steps/choose-key.ts';
import { refusalOf, waysOn } from './steps/refused.ts';
import { daysUntil } from '../time/calendar.ts';
import { maskAddress, readableAddress } from '../accounts/mail-address.ts';
import { personFacts } from '../factors/key-changes.ts';
import type { HeldKey, KeyChoice, Models, Usernameless, Shell, WizardModel } from '../views/models.ts';
import type { Person } from '../accounts/person.ts';
import type { StepName, Wizard } from './sign-in-state.ts';
import type { SignInContext } from './context.ts';

export type Page = { [Name in keyof Models]: { readonly name: Name; readonly model: Models[Name] } }[keyof Models];

export type ShellFacts = Omit<Shell, 'step' | 'action' | 'notice' | 'typed'> & {
  readonly base: string;
  /** Between a code and the next one (ms). */
  readonly sendEvery?: number;
  /** The question of a key that signs in without a name, where this page puts it. */
  readonly usernameless?: Usernameless;
};

const wizardAt: Readonly<Record<Wizard['at'], 1 | 2 | 3 | 4>> = {
  'confirm-email': 1,
  'select-key': 2,
  'activate-key': 3,
  done: 4,
};

/** @param step one that is open (`openSteps`) */
export function pageOf(context: SignInContext, step: StepName, facts: ShellFacts): Page {
  const { steps, person } = context;
  const { base, usernameless, sendEvery = 0, ...common } = facts;
  const without = usernameless === undefined ? {} : { usernameless };
  const shell: Shell = {
    ...common,
    step,
    action: `${base}/${step}`,
    ...(steps.notice === undefined ? {} : { notice: steps.notice }),
    ...(steps.typed?.step === step ? { typed: steps.typed.fields } : {}),
  };
  const { wizard } = steps;

  switch (step) {
    case 'select-account': {
      const { displayName, username } = person ? personFacts(person) : { displayName: '', username: '' };
      return { name: step, model: { ...shell, displayName, ...(username === displayName ? {} : { username }) } };
    }
    case 'choose-key':
      return {
        name: step,
        model: {
          ...shell,
          keys: choices(context, steps.inHand === undefined ? context.offered : context.offeredFor(steps.inHand)),
          ...(steps.inHand === undefined ? {} : { inHand: steps.inHand }),
          mayFind: mayFind(context),
          mayCancel: mayCancel(context),
          ...without,
          maySecure: maySecure(context),
        },
      };
    case 'find-key':
      return { name: step, model: { ...shell, hands: context.hands } };
    case 'phase-out': {
      const factor = subject(context) ?? '';
      const advice = context.advise(factor);
      const dated =
        advice.kind === 'suggest' || advice.kind === 'require' ? advice : { sunsetAt: context.now, zone: 'UTC' };
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
          daysLeft: daysUntil(dated.sunsetAt, context.now, dated.zone),
          mayMigrate: context.targetsOf(factor).length > 0,
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
          ...(steps.chosen === undefined ? {} : { factor: steps.chosen, ...goingOf(context, steps.chosen) }),
          ...(steps.username === undefined ? {} : { username: steps.username }),
          mayChooseKey: context.order === 'key-first' && steps.securing !== true,
          maySecure: maySecure(context),
          securing: steps.securing === true,
          ...without,
        },
      };
    case 'secure-account': {
      const { secondStep } = context;
      const dated = secondStep.kind === 'offer' ? { from: secondStep.from, zone: secondStep.zone } : sinceOf(context);
      return { name: step, model: { ...shell, must: secondStep.kind !== 'offer', ...dated } };
    }
    case 'prove-key': {
      const asked = steps.asked;
      const factor = asked?.factor ?? '';
      const advice = context.advise(factor);
      const rule = context.factors.find((one) => one.factor.id === factor);
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
          ...resendIn(context, asked?.at, sendEvery),
          others: choices(context, context.others),
          ...(context.mayTrust === undefined ? {} : { trustDays: Math.round(context.mayTrust / 86_400_000) }),
          trust: steps.trust === true,
          mayChooseOther: context.order === 'key-first' || (context.others.length === 0 && context.offered.length > 1),
          mayFind: mayFind(context),
          ...goingOf(context, factor),
          forMigration: steps.securing === true || steps.wish === factor || (advice.kind === 'require' && advice.over),
        },
      };
    }
    case 'confirm-email': {
      const mode = wizard?.email ?? 'show';
      const further = wizard?.from === undefined;
      // Who has proved nothing but a password need not learn the address.
      const written = (address: string) => (further ? maskAddress(address) : readableAddress(address));
      const mailbox = wizard?.mailbox?.email;
      return {
        name: step,
        model: {
          ...wizardShell(shell, context, step, mode !== 'show' && person?.email !== undefined),
          mode,
          ...(person?.email === undefined ? {} : { email: written(person.email.address) }),
          ...(mailbox === undefined ? {} : { newEmail: written(mailbox) }),
          further,
          mayChange: !further && context.mayChangeAddress,
          ...resendIn(context, wizard?.mailbox?.sentAt, sendEvery),
        },
      };
    }
    case 'select-key':
      return {
        name: step,
        model: {
          ...wizardShell(shell, context, step, true),
          ...(wizard?.from === undefined ? {} : { from: wizard.from }),
          keys: context.targetsOf(wizard?.from).map(({ id, recommended }) => ({ id, recommended })),
        },
      };
    case 'activate-key': {
      const factor = wizard?.begun?.factor ?? '';
      const rule = context.factors.find((one) => one.factor.id === factor);
      return {
        name: step,
        model: {
          ...wizardShell(shell, context, step, true),
          factor,
          shows: wizard?.begun?.shows ?? {},
          scripted: rule?.factor.traits.script === true,
          ...(wizard?.begun?.stage === undefined ? {} : { stage: wizard.begun.stage }),
          mayResend: (wizard?.begun?.messages.length ?? 0) > 0,
          ...resendIn(context, wizard?.begun?.at, sendEvery),
        },
      };
    }
    case 'done':
      return {
        name: step,
        model: {
          ...wizardShell(shell, context, step, false),
          factor: wizard?.bound?.factor ?? '',
          from: wizard?.from ?? '',
          held: heldKeys(person, wizard?.bound === undefined ? [] : [wizard.bound.key]),
          ...(wizard?.from === undefined ? {} : { from: wizard.from }),
          mayContinue: true,
        },
      };
    case 'refused': {
      const refusal = refusalOf(context);
      return {
        name: step,
        model: {
          ...shell,
          reason: refusal.reason,
          ...(refusal.factor === undefined ? {} : { factor: refusal.factor }),
          ...(refusal.until === undefined ? {} : { until: refusal.until }),
          actions: waysOn(context, refusal),
        },
      };
    }
  }
}

/** Whole seconds until a new code may be asked for; absent: at once. */
function resendIn({ now }: SignInContext, at: number | undefined, every: number): { readonly resendIn?: number } {
  const seconds = at === undefined ? 0 : Math.ceil((at + every - now) / 1000);
  return seconds > 0 ? { resendIn: seconds } : {};
}

function wizardShell(shell: Shell, context: SignInContext, step: Wizard['at'], mayPrevious: boolean): WizardModel {
  const displayName = context.person ? personFacts(context.person).displayName : '';
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

function goingOf(context: SignInContext, factor: string): { readonly going?: NonNullable<KeyChoice['going']> } {
  const schedule = context.scheduleOf(factor);
  if (schedule?.sunsetAt === undefined || schedule.status === 'active') return {};
  return { going: { over: context.now >= schedule.sunsetAt, lastDay: schedule.sunsetAt - 1, zone: schedule.zone } };
}

/** The way to a first or further key is shown to whoever has not gone it yet. */
const maySecure = ({ rules, steps }: SignInContext): boolean => rules.mayActivate && steps.securing !== true;

function sinceOf({ secondStep }: SignInContext): { readonly from?: number; readonly zone?: string } {
  if (secondStep.kind !== 'enrol' || secondStep.since === undefined) return {};
  return { from: secondStep.since, zone: secondStep.zone ?? 'UTC' };
}

/** Worth asking only where the answer tells keys apart. */
const mayFind = (context: SignInContext): boolean => context.offered.length > 1 && context.hands.length > 1;

/** The first one that stays is the one to take; a kind that is going is never the default. */
function choices(context: SignInContext, ids: readonly string[]): readonly KeyChoice[] {
  const preferred = context.usableKeys[0]?.factor ?? ids.find((id) => goingOf(context, id).going === undefined);
  return ids.map((id) => {
    const held = context.person?.keys.find(({ factor, status }) => factor === id && status === 'active');
    return {
      id,
      ...goingOf(context, id),
      ...(id === preferred && goingOf(context, id).going === undefined ? { preferred: true } : {}),
      ...(held && context.order === 'name-first' ? { detail: held.detail } : {}),
    };
  });
}

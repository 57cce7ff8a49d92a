/** From a step to what its page is given: plain data and keys. */
import { subject } from './migration/phase-out.ts';
import { mayCancel } from './steps/choose-key.ts';
import { refusalOf, waysOn } from './steps/refused.ts';
import { daysUntil } from '../factors/calendar.ts';
import { personFacts } from '../factors/enrolments.ts';
import type { KeyChoice, Models, Shell, WizardModel } from '../views/models.ts';
import type { StepName, Wizard } from './transaction.ts';
import type { Turn } from './turn.ts';

export type Page = { [Name in keyof Models]: { readonly name: Name; readonly model: Models[Name] } }[keyof Models];

export type ShellFacts = Omit<Shell, 'step' | 'action' | 'notice'> & { readonly base: string };

const wizardAt: Readonly<Record<Wizard['at'], 1 | 2 | 3 | 4>> = {
  'confirm-email': 1,
  'select-key': 2,
  'activate-key': 3,
  done: 4,
};

/** @param step one that is open (`openSteps`) */
export function pageOf(turn: Turn, step: StepName, facts: ShellFacts): Page {
  const { steps, person } = turn;
  const { base, ...common } = facts;
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
          mayChooseKey: turn.order === 'key-first',
        },
      };
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
          detail: asked?.detail ?? '',
          ...(asked?.left === undefined ? {} : { left: asked.left }),
          mayResend: rule?.factor.traits.sends !== undefined,
          others: choices(turn, turn.others),
          mayChooseOther: turn.order === 'key-first' || (turn.others.length === 0 && turn.offered.length > 1),
          mayFind: mayFind(turn),
          ...goingOf(turn, factor),
          forMigration: steps.wish === factor || (advice.kind === 'require' && advice.over),
        },
      };
    }
    case 'confirm-email': {
      const mode = wizard?.email ?? 'show';
      const mailbox = wizard?.mailbox?.email;
      return {
        name: step,
        model: {
          ...wizardShell(shell, turn, step, mode !== 'show' && person?.email !== undefined),
          mode,
          ...(person?.email === undefined ? {} : { email: person.email.address }),
          ...(mailbox === undefined ? {} : { newEmail: mailbox }),
        },
      };
    }
    case 'select-key':
      return {
        name: step,
        model: {
          ...wizardShell(shell, turn, step, true),
          from: wizard?.from ?? '',
          keys: turn.targetsOf(wizard?.from ?? '').map(({ id, recommended }) => ({ id, recommended })),
        },
      };
    case 'activate-key': {
      const factor = wizard?.begun?.factor ?? '';
      return {
        name: step,
        model: {
          ...wizardShell(shell, turn, step, true),
          factor,
          shows: wizard?.begun?.shows ?? {},
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

function goingOf(turn: Turn, factor: string): { readonly going?: NonNullable<KeyChoice['going']> } {
  const schedule = turn.scheduleOf(factor);
  if (schedule?.sunsetAt === undefined || schedule.status === 'active') return {};
  return { going: { over: turn.now >= schedule.sunsetAt, lastDay: schedule.sunsetAt - 1, zone: schedule.zone } };
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

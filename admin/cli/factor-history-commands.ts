/** The states that the dates of a factor have had, and restoring one: thin over the use cases. */
import { historyOf, type StateListing } from '../use-cases/factor-history.ts';
import { restoreFactor } from '../use-cases/factor-restore.ts';
import { accepting, acceptedOf, ifState, ifStateOf, sendNow, withHints } from './brake-options.ts';
import { answer, argumentOf, dryRun, readWhole, refusedAnswer, UsageError, type Command } from './command.ts';
import { datesAnswer } from './dates-answer.ts';
import { factor } from './factor-commands.ts';
import { count } from './layout.ts';

export const factorHistory: Command = {
  noun: 'factor',
  verb: 'history',
  summary:
    'Every state that the dates of a factor have had, the newest first: number, when, who, why, and what it changed. Dates of single people are no part of it: `factor extensions`.',
  argument: factor,
  options: [],
  needs: 'services',
  async run({ services, given }) {
    const id = argumentOf(given, 'factor');
    const outcome = await historyOf(services, id);
    if (!outcome.ok) return refusedAnswer(await withHints(outcome.refusals, { factor: id }, services));
    const { states, kept } = outcome.value;
    const head =
      states.length === 0
        ? `${id} has never had dates.`
        : `${id}: ${count(states.length, 'state', 'states')} of its dates, the newest first; at most ${kept} are kept.`;
    return answer(outcome.value, [head, ...states.flatMap(linesOf)].join('\n'));
  },
};

function linesOf(state: StateListing): readonly string[] {
  const { number, when, by, reason, acceptedStranded, restores, inForce, changes } = state;
  const why = [
    ...(restores === null ? [] : [`brings state ${restores} back`]),
    ...(reason === null ? [] : [`“${reason}”`]),
    ...(acceptedStranded === null ? [] : [`accepts ${acceptedStranded} without a way in`]),
  ];
  return [
    '',
    `${number}  ${when}${by === null ? '' : `  ${by}`}${inForce ? '  (in force)' : ''}`,
    ...(why.length > 0 ? [`   ${why.join('; ')}`] : []),
    ...changes.map((change) => `   ${change}`),
  ];
}

export const factorRestore: Command = {
  noun: 'factor',
  verb: 'restore',
  summary:
    'Brings a former state of the dates back, whole. It goes through the same brake as every change of dates, and is a state of its own afterwards.',
  argument: factor,
  second: { name: 'state', says: 'Its number, as `factor history` shows it.' },
  options: [...accepting, ifState, sendNow, dryRun],
  examples: ['rekey factor restore sms 3 --dry-run', 'rekey factor restore sms 3 --reason "the date was mistyped"'],
  needs: 'services',
  async run({ services, given, by }) {
    const id = argumentOf(given, 'factor');
    if (given.second === undefined) throw new UsageError(`Say which state: rekey factor history ${id} numbers them.`);
    const number = readWhole(given.second);
    if (Number.isNaN(number)) throw new UsageError('A state is a number: rekey factor history shows it.');
    const outcome = await restoreFactor(services, {
      factor: id,
      number,
      by,
      reason: given.text('reason'),
      accepted: acceptedOf(given),
      ifState: ifStateOf(given),
      sendNow: given.is('send-now'),
      dryRun: given.is('dry-run'),
    });
    return datesAnswer(services, outcome, { factor: id });
  },
};

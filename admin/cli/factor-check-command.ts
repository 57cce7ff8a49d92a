/** `factor check`: judges the folder of a factor by the contract suite. */
import { resolve } from 'node:path';
import { FactorFolderError } from '../../factors/registry.ts';
import { answer, argumentOf, exits, refusedAnswer, type Command } from './command.ts';
import { count } from './layout.ts';

export const factorCheck: Command = {
  noun: 'factor',
  verb: 'check',
  summary:
    'Holds the folder of a factor against the contract: its files, its texts, its pages, and how it meets attacks.',
  argument: { name: 'folder', says: 'Where its `factor.ts` lies.' },
  options: [],
  examples: ['rekey factor check ./our-factors/slip-of-paper'],
  needs: 'configuration',
  async run({ given, folder, checkFactor }) {
    const report = await checkFactor(resolve(folder, argumentOf(given, 'folder'))).catch((error: unknown) => {
      if (error instanceof FactorFolderError) return error;
      throw error;
    });
    if (report instanceof FactorFolderError)
      return refusedAnswer(report.lacks.map(({ lack }) => ({ code: 'factor_breaks_contract', says: lack })));
    const { factor, checks, broken } = report;
    if (broken.length === 0)
      return answer(report, `${factor} keeps the contract: ${count(checks, 'rule', 'rules')} held.`);
    const lines = [...Map.groupBy(broken, ({ says }) => says)].map(([says, rules]) => sentenceOnce(says, rules));
    return answer(
      { refused: broken.map(({ says }) => ({ code: 'factor_breaks_contract', says })), ...report },
      [...lines, `${broken.length} of ${count(checks, 'rule', 'rules')} do not hold.`].join('\n'),
      exits.refused,
    );
  },
};

/** A mistake that breaks many rules is one sentence. */
function sentenceOnce(says: string, rules: readonly { readonly rule: string }[]): string {
  const more = rules.length > 1 ? `, and ${count(rules.length - 1, 'more rule', 'more rules')}` : '';
  return `${says}\n  (${rules[0]?.rule ?? ''}${more})`;
}

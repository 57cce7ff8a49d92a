/** Adds many people to a group, or removes them, by a list: thin over the use case. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { refuse } from '../refusals.ts';
import { changeGroup, type GroupOutcome } from '../use-cases/group-change.ts';
import type { LineFault } from '../use-cases/name-list.ts';
import { acceptedOf, accepting, accountsLookLines } from './brake-options.ts';
import { answer, argumentOf, dryRun, exits, refusedAnswer, UsageError, type Answer, type Command } from './command.ts';
import { count } from './layout.ts';
import { isFile } from './person-commands.ts';
import { progressLine } from './progress-line.ts';
import { readLines } from './read-lines.ts';

function groupCommand(into: boolean): Command {
  const verb = into ? 'group-add' : 'group-remove';
  return {
    noun: 'person',
    verb,
    summary: `${into ? 'Puts people into a group' : 'Takes people out of a group'}, by a list. Nothing is done until the list is clean, and what would leave somebody without a way in is refused first. \`rekey person group ${into ? 'add' : 'remove'}\` is the same.`,
    argument: { name: 'group', says: 'Its name.' },
    options: [
      { name: 'list', value: 'file', says: 'A user name or id a line, UTF-8; `-`: standard input.' },
      { name: 'skip', says: 'Leave out lines that are wrong: who is unknown, who stands there twice.' },
      ...accepting,
      dryRun,
    ],
    examples: [`rekey person ${verb} pilot --list names.txt --dry-run`],
    needs: 'services',
    async run({ services, given, by, folder, input, progress }) {
      const group = argumentOf(given, 'group');
      const name = given.text('list');
      if (name === undefined) throw new UsageError('Say who: --list <file>.');
      const file = resolve(folder, name);
      if (name !== '-' && !(await isFile(file)))
        return refusedAnswer(refuse('file_unreadable', `${name} cannot be read.`).refusals);
      const source = name === '-' ? (input as AsyncIterable<Buffer | string>) : createReadStream(file);
      const bar = progressLine(progress);
      const isDry = given.is('dry-run');
      try {
        const outcome = await changeGroup(services, {
          group,
          into,
          lines: readLines(source),
          by,
          reason: given.text('reason'),
          accepted: acceptedOf(given),
          skip: given.is('skip'),
          dryRun: isDry,
          onProgress: (phase, done, of) => bar.show({ phase, collection: group, done, of }),
        });
        bar.end();
        return groupAnswer(outcome, into, isDry);
      } finally {
        bar.end();
      }
    },
  };
}

export const personGroupAdd = groupCommand(true);
export const personGroupRemove = groupCommand(false);

const faultLines = (faults: readonly LineFault[] = []): readonly string[] =>
  faults.map(({ line, says }) => `line ${line}: ${says}`);

function groupAnswer(outcome: GroupOutcome, into: boolean, isDry: boolean): Answer {
  if (!outcome.ok) {
    const { refusals, faults, look } = outcome;
    const says = refusals.map((refusal) => refusal.says);
    const text = [...faultLines(faults), ...(look ? accountsLookLines(look) : []), ...says];
    return answer(
      { refused: refusals, ...(faults && { faults }), ...(look && { look }) },
      text.join('\n'),
      exits.refused,
    );
  }
  const { group, changed, same, skipped } = outcome.value;
  const text = [
    ...faultLines(skipped),
    `${count(changed, 'person', 'people')} ${into ? 'into' : 'out of'} ${group}; ${same} ${into ? 'in it' : 'not in it'} already${skipped.length > 0 ? `; ${count(skipped.length, 'line', 'lines')} left out` : ''}.`,
    ...(isDry ? ['Nothing was written (dry run).'] : []),
  ];
  return answer(outcome.value, text.join('\n'));
}

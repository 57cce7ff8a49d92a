/** Changes the data of one person, and removes an account: thin over the use cases. */
import { removePerson } from '../use-cases/person-remove.ts';
import { setPerson } from '../use-cases/person-set.ts';
import { acceptedOf, accepting, accountsLookLines } from './brake-options.ts';
import { answer, argumentOf, dryRun, exits, refusedAnswer, valuesOrNone, type Command } from './command.ts';
import { count } from './layout.ts';

const person = { name: 'person', says: 'User name or id.' };

export const personSet: Command = {
  noun: 'person',
  verb: 'set',
  summary:
    'Changes what is known of a person. What is not given stays. A new e-mail address is unproven; keys on the mailbox, and the way back for seven days, are as in every change of it.',
  argument: person,
  options: [
    { name: 'given-name', value: 'name', says: 'Empty: none.' },
    { name: 'family-name', value: 'name', says: 'Empty: none.' },
    { name: 'language', value: 'language', says: 'nl, fr, de or en.' },
    { name: 'email', value: 'address', says: 'Both addresses are told.' },
    { name: 'group', value: 'group', multiple: true, says: 'All groups of the person, or `none`.' },
    { name: 'even-last', says: 'Even if the only key gets its codes by e-mail, at an address that nobody has proven.' },
    ...accepting,
    dryRun,
  ],
  examples: [
    'rekey person set an.peeters --language nl --group staff --group pilot',
    'rekey person set an.peeters --email an.peeters@example.org --reason "married; called back" --dry-run',
  ],
  needs: 'services',
  async run({ services, given, by }) {
    const isDry = given.is('dry-run');
    const outcome = await setPerson(services, {
      person: argumentOf(given, 'person'),
      by,
      givenName: given.text('given-name'),
      familyName: given.text('family-name'),
      language: given.text('language'),
      email: given.text('email'),
      groups: valuesOrNone(given, 'group'),
      reason: given.text('reason'),
      accepted: acceptedOf(given),
      evenLast: given.is('even-last'),
      dryRun: isDry,
    });
    if (!outcome.ok) {
      const { refusals, look } = outcome;
      const says = [...(look ? accountsLookLines(look) : []), ...refusals.map((refusal) => refusal.says)];
      return answer({ refused: refusals, ...(look && { look }) }, says.join('\n'), exits.refused);
    }
    const { username, changed, movedKeys, written } = outcome.value;
    const text = [
      changed.length === 0 ? `All of it is so already for ${username}.` : `${username}: ${changed.join(', ')}.`,
      ...(movedKeys > 0 ? [`Codes of ${count(movedKeys, 'key', 'keys')} go to the new address.`] : []),
      written ? 'Written.' : `Nothing was written${isDry ? ' (dry run)' : ''}.`,
    ];
    return answer(outcome.value, text.join('\n'));
  },
};

export const personRemove: Command = {
  noun: 'person',
  verb: 'remove',
  summary:
    'Removes an account for good: keys, trusted browsers, sessions and tokens go with it, and the user name is free again. The audit trail keeps the id of the account, which names nobody any more.',
  argument: person,
  options: [
    { name: 'yes', says: 'It cannot be undone: without this, only what would go is said.' },
    { name: 'reason', value: 'text', says: 'Why: it stands in the audit trail, which names no person.' },
    dryRun,
  ],
  examples: ['rekey person remove an.peeters --reason "asked for it" --yes'],
  needs: 'services',
  async run({ services, given, by }) {
    const outcome = await removePerson(services, {
      person: argumentOf(given, 'person'),
      by,
      reason: given.text('reason'),
      confirmed: given.is('yes'),
      dryRun: given.is('dry-run'),
    });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { person: id, username, keys, browsers, written } = outcome.value;
    const goes = `${count(keys, 'key', 'keys')} and ${count(browsers, 'trusted browser', 'trusted browsers')}`;
    const text = written
      ? `The account of ${username} is removed, with ${goes}. The audit trail calls it ${id}.`
      : `The account of ${username} would be removed, with ${goes}. Nothing was written (dry run).`;
    return answer(outcome.value, text);
  },
};

/** `person list`: people by group, factor or state, page by page. */
import { listPeople, type PersonLine } from '../use-cases/person-list.ts';
import { answer, type Command } from './command.ts';
import { count, table } from './layout.ts';

export const personList: Command = {
  noun: 'person',
  verb: 'list',
  summary: 'Who there is, in a line each, without secrets.',
  options: [
    {
      name: 'shared-mailbox',
      says: 'Only people whose address several people read, as its name says (info@, office@; `sharedMailboxes` of the configuration).',
    },
  ],
  needs: 'services',
  async run({ services, given }) {
    const people: PersonLine[] = [];
    for await (const line of listPeople(services, { sharedMailbox: given.is('shared-mailbox') })) people.push(line);
    const rows = people.map(({ username, email, sharedMailbox, groups, disabled, keys }) => [
      username,
      `${email ?? '–'}${sharedMailbox ? ' (shared)' : ''}`,
      groups.join(', ') || '–',
      keys.join(', ') || 'no keys',
      disabled ? 'disabled' : '',
    ]);
    const text = [...(rows.length > 0 ? [table(rows)] : []), `${count(people.length, 'person', 'people')}.`];
    return answer(people, text.join('\n'));
  },
};

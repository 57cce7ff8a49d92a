/** `rekey root-key …`: the key that seals everything in the store, replaced in four steps. */
import type { Outcome } from '../refusals.ts';
import { addRootKey, listRootKeys, promoteRootKey, retireRootKey, type RootKeyListing } from '../use-cases/root-key.ts';
import { answer, refusedAnswer, UsageError, type Answer, type Command } from './command.ts';

const lines = ({ from, current, others, otherMayBePromotedFrom, progress, othersMayGoFrom }: RootKeyListing): string =>
  [
    `${current} seals (${from === 'state' ? 'root.key in the folder state' : 'configuration'}).`,
    ...others.map((id) => `${id} only opens.`),
    ...(otherMayBePromotedFrom === null ? [] : [`It may be promoted from ${otherMayBePromotedFrom} on.`]),
    ...(progress === null || others.length === 0
      ? []
      : [
          `Looked at ${new Date(progress.lookedAt).toISOString()}, under ${progress.current}: ${progress.left} left to seal anew.`,
        ]),
    ...(othersMayGoFrom === null ? [] : [`What only opens may go from ${othersMayGoFrom} on.`]),
  ].join('\n');

const taken = 'Every process that has this folder `state` takes it within seconds. Copy root.key to the others.';
const told = (outcome: Outcome<RootKeyListing>): Answer =>
  outcome.ok ? answer(outcome.value, `${lines(outcome.value)}\n${taken}`) : refusedAnswer(outcome.refusals);

export const rootKeyCommands: readonly Command[] = [
  {
    noun: 'root-key',
    verb: 'list',
    summary: 'Which root keys there are, by id, how far sealing under the newest is, and when the last one may go.',
    options: [],
    needs: 'services',
    async run({ services }) {
      const listing = await listRootKeys(services);
      return answer(listing, lines(listing));
    },
  },
  {
    noun: 'root-key',
    verb: 'add',
    summary:
      'Makes the next root key in the folder `state`. It opens in every process within seconds, and seals nothing yet.',
    options: [],
    needs: 'services',
    run: async ({ services, by }) => told(await addRootKey(services, by)),
  },
  {
    noun: 'root-key',
    verb: 'promote',
    summary:
      'The root key that was added seals from now on; a running server then seals everything anew. Refused for a minute after it was added.',
    options: [],
    needs: 'services',
    run: async ({ services, by }) => told(await promoteRootKey(services, by)),
  },
  {
    noun: 'root-key',
    verb: 'retire',
    summary: 'Takes the last root key away; refused while anything may still be sealed under it.',
    options: [
      { name: 'force', says: 'All the same; what is sealed under it is lost. Needs --reason.' },
      { name: 'reason', value: 'text', says: 'Why, for the audit.' },
    ],
    needs: 'services',
    async run({ services, given, by }) {
      const reason = given.text('reason')?.trim();
      if (given.is('force') !== (reason !== undefined && reason !== ''))
        throw new UsageError('--force and --reason <why> go together.');
      return told(await retireRootKey(services, { by, forcedBecause: reason }));
    },
  },
];

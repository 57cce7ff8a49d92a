/** Settings of the sign-in, of second-factor deadlines, and of extensions. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { usernameKind } from './pages-schema.ts';
import { count, identifier, day, text, zone } from './value-types.ts';

const deadline = z
  .strictObject({
    client: identifier('the id of a relying party').optional().describe('For sign-ins at this relying party.'),
    group: identifier('the name of a group').optional().describe('For people of this group.'),
    announce: day().optional().describe('First day on which people are told. Default: at once.'),
    from: day()
      .optional()
      .describe('First day on which nobody of them gets in with a password alone; or `voluntaryUntilAndIncluding`.'),
    voluntaryUntilAndIncluding: day()
      .optional()
      .describe('Last day on which they may; from the following midnight in `zone` on they may not.'),
    zone: zone().describe('In which the days are meant, and written out to people.'),
  })
  .refine((given) => (given.from === undefined) !== (given.voluntaryUntilAndIncluding === undefined), {
    error: 'either `from` or `voluntaryUntilAndIncluding`',
  });

export const signInSchema = z.strictObject({
  order: z
    .enum(['key-first', 'name-first'])
    .default(defaults.signIn.order)
    .describe(
      'Whether people choose a key or give their name first. At a client of level `single` the name always comes first.',
    ),
  username: usernameKind,
  interactionMinutes: count(5, 240)
    .default(defaults.signIn.interactionMinutes)
    .describe('Time for one sign-in, activation of a new key included.'),
  secureAccount: z
    .boolean()
    .default(defaults.signIn.secureAccount)
    .describe(
      'Whether people may activate a first or further key on the way through a sign-in, behind a proof of their mailbox: a link under the sign-in form.',
    ),
  askForKeyAtSingle: z
    .boolean()
    .default(defaults.signIn.askForKeyAtSingle)
    .describe('Whether a person with a key is asked for it at a client of level `single` too.'),
  trustedBrowser: z
    .strictObject({
      enabled: z
        .boolean()
        .default(defaults.signIn.trustedBrowser.enabled)
        .describe('Whether people may tick the box, at the clients that allow it (`trustedBrowser`).'),
      days: count(1, 30)
        .default(defaults.signIn.trustedBrowser.days)
        .describe('So many days of 24 hours from that sign-in on; using it does not prolong them.'),
    })
    .prefault({})
    .describe('A box on the page of the key: not to be asked for it again in this browser for some days.'),
  secondFactorDeadlines: z
    .array(deadline)
    .default([])
    .describe(
      'From when on a second step is compulsory at clients of level `single`, for whom. Of all that apply to a sign-in the earliest counts. Needs `secureAccount`.',
    ),
});

export const sharedMailboxesSchema = z.strictObject({
  localParts: z
    .array(text('the part before the @'))
    .default([...defaults.sharedMailboxes.localParts])
    .describe('What stands before the @ of mailboxes that several people read.'),
  mayEnrol: z
    .boolean()
    .default(defaults.sharedMailboxes.mayEnrol)
    .describe(
      'Whether people with such an address may activate keys. They are flagged in `rekey person list` either way.',
    ),
});

export const extensionsSchema = z.strictObject({
  mostDays: count(0, 3650)
    .default(defaults.extensions.mostDays)
    .describe('So many days after everyone’s last day, at most; 0: nobody’s is put off.'),
  mostPercent: count(1, 100)
    .default(defaults.extensions.mostPercent)
    .describe(
      'Of the people who hold such a key, or held one at a change of its dates since it has a last day, so many in a hundred at most have it put off for themselves or their group; one person always may.',
    ),
});

/** The configuration of one factor. The factor's own settings are part of the factor. */
import { z, type ZodType } from 'zod';
import { count, day, identifier, texts, webUrls, zone } from './value-types.ts';

const days = {
  announce: day()
    .optional()
    .describe('First day on which people are told. Default: at once, when any of the other dates is given.'),
  closeEnrolment: day().optional().describe('First day on which nobody gets a new one.'),
  untilAndIncluding: day()
    .optional()
    .describe('Last day on which it signs in; from the following midnight in `zone` on it does not.'),
  purge: day().optional().describe('From this day on the server deletes the secrets of these keys for good.'),
};

const ruleSchema = z
  .strictObject({
    client: identifier('the id of a relying party').optional().describe('For sign-ins at this relying party.'),
    group: identifier('the name of a group').optional().describe('For people of this group.'),
    ...days,
  })
  .refine((rule) => (rule.client === undefined) !== (rule.group === undefined), {
    error: 'either `client` or `group`',
  });

export const scheduleSchema = z
  .strictObject({
    ...days,
    zone: zone().describe('In which the days are meant, and written out to people.'),
    after: z
      .enum(['refuse', 're-enrol'])
      .default('refuse')
      .describe('What it opens after its last day: nothing, or only the activation of another key.'),
    replacements: z
      .array(identifier('the id of a factor'))
      .default([])
      .describe('Which keys may take its place, best first. Default: any open one that a person can activate.'),
    postponements: count(0, 1000)
      .optional()
      .describe('How often a person may put the change off, in all. Default: until the last day.'),
    rules: z
      .array(ruleSchema)
      .default([])
      .describe('Other days for one relying party or one group; of all that apply to a sign-in the earliest count.'),
  })
  .describe(
    'Its dates, as first values: they go into the store at the first start, and are changed by `rekey factor schedule` from then on. A later change here changes nothing.',
  );

export function factorSchema(settings: ZodType) {
  return z.strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Whether it is offered at all. A factor that is not listed is not; one that is off may lack values, and is then as if it was not listed.',
      ),
    recommended: z.boolean().default(false).describe('Marked as recommended where a person chooses a new key.'),
    offerAfterEnrolment: z
      .boolean()
      .default(false)
      .describe(
        'Whether people who have no such key are asked about it when they have activated another one. Only for keys that are kept for the day on which no other is at hand, such as recovery codes.',
      ),
    help: webUrls()
      .optional()
      .describe(
        'Page about it, linked where people choose, activate and use it: one address, or one for each language.',
      ),
    ending: z
      .strictObject({
        why: texts().optional().describe('Why it ends, in a sentence or two.'),
        link: webUrls().optional().describe('Page of more information.'),
      })
      .optional()
      .describe('Said in the dialog about its last day, and where a new key is chosen.'),
    settings: settings.prefault({}).describe('The factor’s own settings.'),
    schedule: scheduleSchema.optional(),
  });
}

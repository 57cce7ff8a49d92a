/** Who administers a deployment, as far as the product must know: so that no change leaves all of them without a way in. */
import { z } from 'zod';
import { identifier, text } from './value-types.ts';

export const administratorsSchema = z
  .strictObject({
    groups: z.array(text('a group')).min(1).describe('The accounts in one of these groups are the administrators.'),
    clients: z
      .array(identifier('the id of a relying party'))
      .min(1)
      .optional()
      .describe(
        'Relying parties that they need: each stays open to one administrator at least. Absent: one way in, at any relying party, is enough.',
      ),
  })
  .describe(
    'Who administers this deployment. A change of dates, of this configuration or of accounts that would leave every administrator without a way in with a key is refused, and no number accepts it. Absent: not judged. Gives no rights.',
  );

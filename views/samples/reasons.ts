/** The page at which a sign-in ends, for each of these reasons. */
import { shell, type Sample } from './parts.ts';

export const reasonSamples = (reasons: readonly string[]): readonly Sample[] =>
  reasons.map((reason) => ({
    name: `reason-${reason.replaceAll('_', '-')}`,
    page: 'refused',
    model: (l) => ({ ...shell(l, 'refused'), reason, actions: ['cancel'] }),
  }));
